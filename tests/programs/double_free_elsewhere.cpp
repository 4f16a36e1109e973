// SPDX-License-Identifier: MIT
// Blocks are freed again by others than who freed them first: told with who allocated and who freed them first.
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void *make_block()
{
    return malloc(100);
}

NOINLINE static void free_first(void *block)
{
    free(block);
    launder(nullptr);
}

NOINLINE static void free_again(void *block)
{
    free(block);
    launder(nullptr);
}

struct Thing {
    char bytes[24];
};

NOINLINE static Thing *make_thing()
{
    return new Thing;
}

NOINLINE static void delete_first(Thing *thing)
{
    delete thing;
    launder(nullptr);
}

NOINLINE static void delete_again(Thing *thing)
{
    delete thing;
    launder(nullptr);
}

int main()
{
    int status = 0;
    if (fork() == 0) {
        Thing *thing = make_thing();
        delete_first(thing);
        delete_again(static_cast<Thing *>(launder(thing)));
        return 0;
    }
    wait(&status);
    void *block = make_block();
    free_first(block);
    for (int i = 0; i < 1000; i++)
        free(launder(malloc(3000)));
    free_again(launder(block));
    return 0;
}
