/* SPDX-License-Identifier: MIT */
/* Loads two libraries one after the other, again and again, at the same address. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *last = NULL;
    int same_address = 0;
    for (int round = 0; argc == 3 && round < 40; round++) {
        void *library = dlopen(argv[1 + round % 2], RTLD_NOW);
        if (library == NULL)
            return 1;
        void (*call)(int);
        *(void **)&call = dlsym(library, "library_call");
        same_address += (void *)call == last;
        last = (void *)call;
        for (int i = 0; i < 30; i++)
            call(i);
        dlclose(library);
    }
    printf("same address: %d\n", same_address);
    return same_address < 30;
}
