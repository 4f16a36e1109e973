/* SPDX-License-Identifier: MIT */
/* free() of addresses where no block can be: recorded, and what happens without us happens. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void free_nowhere(void)
{
    free(launder((void *)0x87654321));
}

NOINLINE static void free_a_mapping(void)
{
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    free(launder(pages + 4096));
}

NOINLINE static void free_behind_the_start(void)
{
    char *block = launder(malloc(100));
    free(block);
    free(launder(block + 40)); /* aligned to 8 only */
}

static int in_child(void (*wrong)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        wrong();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return !WIFSIGNALED(status);
}

int main(void)
{
    return in_child(free_nowhere) + in_child(free_a_mapping) + in_child(free_behind_the_start);
}
