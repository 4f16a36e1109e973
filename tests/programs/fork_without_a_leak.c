/* SPDX-License-Identifier: MIT */
/* A child that frees what its parent allocated, and a grandchild: three processes, no leak. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

int main(void)
{
    void *block = launder(malloc(5000));
    for (volatile int generation = 0; generation < 2; generation++) {
        pid_t child = fork();
        if (child > 0) {
            int status = 0;
            waitpid(child, &status, 0);
            free(block);
            return status != 0;
        }
    }
    free(block);
    return 0;
}
