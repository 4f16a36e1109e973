/* SPDX-License-Identifier: MIT */
/* Every way to allocate, each losing one block of its own size. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <new>
#include "program.h"

/* Fresh memory may hold what was in it before, and so point to a block that was allocated since. */
NOINLINE static void wipe_and_lose(void *block)
{
    memset(block, 0, malloc_usable_size(block));
    launder(block);
}

#define LOSE(name, expression)                                                                           \
    NOINLINE static void name()                                                                          \
    {                                                                                                    \
        wipe_and_lose(expression);                                                                       \
    }

LOSE(lose_malloc, malloc(1001))
LOSE(lose_calloc, calloc(3, 334))
LOSE(lose_realloc, realloc(nullptr, 1003))
LOSE(lose_reallocarray, reallocarray(nullptr, 4, 251))
LOSE(lose_aligned_alloc, aligned_alloc(64, 1024))
LOSE(lose_memalign, memalign(32, 1006))
LOSE(lose_valloc, valloc(1007))
LOSE(lose_pvalloc, pvalloc(8192))
LOSE(lose_strdup, strdup("nineteen characters"))
LOSE(lose_strndup, strndup("nineteen characters", 8))
LOSE(lose_new, operator new(1008))
LOSE(lose_new_array, new char[1009])
LOSE(lose_new_nothrow, operator new(1010, std::nothrow))
LOSE(lose_new_array_nothrow, new (std::nothrow) char[1011])
LOSE(lose_new_aligned, operator new(1024, std::align_val_t(128)))
LOSE(lose_new_array_aligned, operator new[](1152, std::align_val_t(128)))
LOSE(lose_new_aligned_nothrow, operator new(1280, std::align_val_t(128), std::nothrow))
LOSE(lose_new_array_aligned_nothrow, operator new[](1408, std::align_val_t(128), std::nothrow))
LOSE(lose_nothing, malloc(0))

NOINLINE static void lose_posix_memalign()
{
    void *block = nullptr;
    if (posix_memalign(&block, 256, 1012) == 0)
        wipe_and_lose(block);
}

NOINLINE static void lose_asprintf()
{
    char *text = nullptr;
    if (asprintf(&text, "%d characters", 13) > 0)
        wipe_and_lose(text);
}

NOINLINE static void lose_getline()
{
    char input[] = "one line\n", *line = nullptr;
    size_t size = 0;
    FILE *file = fmemopen(input, sizeof input, "r");
    if (getline(&line, &size, file) > 0)
        wipe_and_lose(line);
    fclose(file);
}

int main()
{
    void (*const all[])() = {
        lose_malloc, lose_calloc, lose_realloc, lose_reallocarray, lose_aligned_alloc, lose_memalign,
        lose_valloc, lose_pvalloc, lose_strdup, lose_strndup, lose_new, lose_new_array,
        lose_new_nothrow, lose_new_array_nothrow, lose_new_aligned, lose_new_array_aligned,
        lose_new_aligned_nothrow, lose_new_array_aligned_nothrow, lose_nothing, lose_posix_memalign,
        lose_asprintf, lose_getline,
    };
    for (auto lose : all)
        lose();
    SCRUB();
    return 0;
}
