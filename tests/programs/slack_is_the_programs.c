/* SPDX-License-Identifier: MIT */
/*
 * What a block can hold beyond what was asked for is the program's (malloc_usable_size): realloc
 * keeps it, calloc zeroes, and a list that is freed while it is walked is walked to its end.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

struct item {
    long padding[4];
    struct item *next;
};

static int wrong_bytes(const unsigned char *block, size_t count, int value)
{
    int wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += block[i] != value;
    return wrong;
}

static int change_sizes(size_t size)
{
    unsigned char *block = malloc(size);
    size_t usable = malloc_usable_size(block);
    memset(block, 0x5a, usable);
    block = realloc(block, size * 3);
    int wrong = wrong_bytes(block, usable, 0x5a);
    memset(block, 0x77, malloc_usable_size(block));
    block = realloc(block, size);
    wrong += wrong_bytes(block, size, 0x77);
    block = realloc(block, size + 1);
    wrong += wrong_bytes(block, size, 0x77);
    free(block);
    unsigned char *zeros = calloc(1, size);
    wrong += wrong_bytes(zeros, size, 0);
    free(zeros);
    return wrong;
}

static int free_while_walking(void)
{
    struct item *list = NULL;
    int left = 100;
    for (int i = 0; i < 100; i++) {
        struct item *item = malloc(sizeof *item);
        item->next = list;
        list = item;
    }
    for (struct item *item = list; item; item = item->next) {
        free(item);
        launder(item);
        left--;
    }
    return left;
}

int main(void)
{
    int wrong = free_while_walking();
    for (size_t size = 1; size < 9000; size += 7)
        wrong += change_sizes(size);
    wrong += change_sizes(300000) + change_sizes(40000000);
    return wrong != 0;
}
