/* SPDX-License-Identifier: MIT */
/* Every way to allocate, each freed the way that belongs to it: no leak and no error. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include "program.h"

static const auto wide = std::align_val_t(128);

NOINLINE static void use_malloc_family()
{
    void *aligned = nullptr;
    char *text = nullptr;
    free(launder(malloc(1001)));
    free(launder(calloc(3, 334)));
    free(launder(realloc(launder(malloc(10)), 1003)));
    free(launder(reallocarray(nullptr, 4, 251)));
    free(launder(aligned_alloc(64, 1024)));
    free(launder(memalign(32, 1006)));
    free(launder(valloc(1007)));
    free(launder(pvalloc(10)));
    free(launder(strdup("text")));
    free(launder(malloc(0)));
    free(launder(nullptr));
    if (posix_memalign(&aligned, 256, 1012) == 0)
        free(launder(aligned));
    if (asprintf(&text, "%d", 13) > 0)
        free(launder(text));
}

NOINLINE static void use_operators()
{
    operator delete(launder(operator new(100)));
    operator delete(launder(operator new(100)), std::size_t(100));
    operator delete(launder(operator new(100, std::nothrow)), std::nothrow);
    operator delete[](launder(operator new[](100)));
    operator delete[](launder(operator new[](100)), std::size_t(100));
    operator delete[](launder(operator new[](100, std::nothrow)), std::nothrow);
    operator delete(launder(operator new(128, wide)), wide);
    operator delete(launder(operator new(128, wide)), std::size_t(128), wide);
    operator delete(launder(operator new(128, wide, std::nothrow)), wide, std::nothrow);
    operator delete[](launder(operator new[](128, wide)), wide);
    operator delete[](launder(operator new[](128, wide)), std::size_t(128), wide);
    operator delete[](launder(operator new[](128, wide, std::nothrow)), wide, std::nothrow);
    delete static_cast<int *>(launder(nullptr));
}

int main()
{
    for (volatile int i = 0; i < 100; i++) {
        use_malloc_family();
        use_operators();
    }
    SCRUB();
    return 0;
}
