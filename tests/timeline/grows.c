/* SPDX-License-Identifier: MIT */
/* For four seconds: a buffer that comes and goes, and a little that stays. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROUNDS = 800 };

struct kept {
    struct kept *next;
    char bytes[5000];
};
static struct kept *volatile list;

static void keep_a_bit(void)
{
    struct kept *kept = malloc(sizeof(*kept));

    memset(kept->bytes, 1, sizeof(kept->bytes));
    kept->next = list;
    list = kept;
}

static void work(void)
{
    volatile char *buffer = malloc(300000);

    buffer[0] = 1;
    usleep(5000);
    free((char *)buffer);
}

int main(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        work();
        keep_a_bit();
    }
    return 0;
}
