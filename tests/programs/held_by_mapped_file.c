/* SPDX-License-Identifier: MIT */
/* A file that is mapped shared and written through is memory like any other: the child ends while it is there,
   the parent when it was deleted. */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static char path[] = "/var/tmp/leakgraph-held-XXXXXX";
static uintptr_t hidden_mapping;
static void *volatile of_the_child; /* a child that allocates nothing is not recorded */

NOINLINE static int allocate(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, 65536) != 0)
        return 1;
    void **slots = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED)
        return 1;
    slots[4321] = launder(malloc(100));
    hidden_mapping = hide(slots);
    close(fd);
    return 0;
}

int main(void)
{
    int failed = allocate();
    SCRUB();
    if (fork() == 0) {
        of_the_child = malloc(10);
        exit(failed);
    }
    wait(NULL);
    unlink(path);
    return failed;
}
