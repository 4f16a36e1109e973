/* SPDX-License-Identifier: MIT */
/*
 * large KIND [CHILDREN]: a process with 200,000 live blocks forks. What its children do:
 *     nothing    make a block and free it
 *     lose       lose one block of 30 bytes of their own
 *     keep       hold one block of their own in one that they were born with
 *     forget     lose one that they were born with
 *     give-back  free half of what they were born with, and move a tenth
 *     again      have a child of their own, which loses a block of 40 bytes, and keep one beside
 *     daemon     outlive their parent and lose what they were born with
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 200000 };
static void **blocks[BLOCKS];

__attribute__((noinline)) static void *make(size_t size_bytes)
{
    void *volatile block = malloc(size_bytes);
    return block;
}

__attribute__((noinline)) static void give_back(void)
{
    for (int i = 0; i < BLOCKS / 2; i++)
        free(blocks[i]);
    for (int i = BLOCKS / 2; i < BLOCKS / 2 + BLOCKS / 10; i++)
        blocks[i] = realloc(blocks[i], 300);
}

__attribute__((noinline)) static void fork_again(void)
{
    blocks[7][1] = make(50);
    if (fork() == 0) {
        blocks[8][1] = make(60);
        make(40);
        _exit(0);
    }
    wait(NULL);
}

__attribute__((noinline)) static void outlive(pid_t parent)
{
    while (getppid() == parent)
        usleep(1000);
    memset(blocks, 0, sizeof blocks);
}

__attribute__((noinline)) static void work(const char *kind, pid_t parent)
{
    free(make(50));
    if (!strcmp(kind, "lose"))
        make(30);
    else if (!strcmp(kind, "keep"))
        blocks[9][1] = make(30);
    else if (!strcmp(kind, "forget"))
        blocks[9] = NULL;
    else if (!strcmp(kind, "give-back"))
        give_back();
    else if (!strcmp(kind, "again"))
        fork_again();
    else if (!strcmp(kind, "daemon"))
        outlive(parent);
}

int main(int count, char **arguments)
{
    pid_t parent = getpid();
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = calloc(1, 64);
    for (int i = 0; i < (count > 2 ? atoi(arguments[2]) : 1); i++) {
        if (fork() == 0) {
            work(arguments[1], parent);
            _exit(0);
        }
        if (strcmp(arguments[1], "daemon") != 0)
            wait(NULL);
    }
    return 0;
}
