/* SPDX-License-Identifier: MIT */
/* A program of C that runs Python: `embedding LIBRARY` loads it by itself, where nobody else finds it. */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    static const char script[] = "def plan(size):\n"
                                 "    return bytes(size)\n"
                                 "kept = plan(100000)\n";
    void *library = dlopen(count > 1 ? arguments[1] : "libpython3.11.so.1.0", RTLD_NOW | RTLD_LOCAL);
    void (*initialise)(void) = library ? (void (*)(void))dlsym(library, "Py_Initialize") : NULL;
    int (*run)(const char *) = library ? (int (*)(const char *))dlsym(library, "PyRun_SimpleString") : NULL;
    if (!initialise || !run) {
        fprintf(stderr, "%s\n", dlerror());
        return 77;
    }
    initialise();
    return run(script) != 0;
}
