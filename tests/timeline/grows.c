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

/* With an argument everything is given back at the end, and a big buffer comes and goes in the middle. */
int main(int argc, char **argv)
{
    void *big = NULL;

    (void)argv;
    for (int i = 0; i < ROUNDS; i++) {
        work();
        keep_a_bit();
        if (argc > 1 && i == ROUNDS * 2 / 5)
            memset(big = malloc(20 << 20), 1, 20 << 20);
        if (i == ROUNDS * 7 / 10)
            free(big);
    }
    for (struct kept *next; argc > 1 && list; list = next) {
        next = list->next;
        free(list);
    }
    return 0;
}
