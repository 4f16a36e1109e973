/* SPDX-License-Identifier: MIT */
/* lazy PROVIDER CALLER: see lazy_library.c */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    void *provider = argc == 3 ? dlopen(argv[1], RTLD_LAZY | RTLD_GLOBAL) : NULL;
    void *caller = provider != NULL ? dlopen(argv[2], RTLD_LAZY) : NULL;
    if (caller == NULL)
        return 1;
    int (*call)(int);
    *(void **)&call = dlsym(caller, "call_provided");
    printf("%d\n", call(3));
    return call(3) != 9;
}
