/* SPDX-License-Identifier: MIT */
#include "preload/blocks/python_arenas.h"

#include <stddef.h>

#include "preload/python/python.h"

/* As Python declares it: PyObjectArenaAllocator. */
struct arena_allocator {
    void *context;
    void *(*allocate)(void *context, size_t size_bytes);
    void (*release)(void *context, void *arena, size_t size_bytes);
};

enum {
    ARENA_LIMIT = 1 << 18,
    OLD_ARENA_BYTES = 256 << 10,
    ARENA_BYTES = 1 << 20 /* from 3.10 on */
};
static struct address_range *arenas;
static size_t arena_count; /* places in use, empty ones among them */
static struct arena_allocator original;

static void note(uintptr_t start, size_t size_bytes)
{
    size_t place = 0;
    while (place < arena_count && arenas[place].end)
        place++;
    if (!arenas || place == ARENA_LIMIT)
        return;
    arenas[place] = (struct address_range){start, start + size_bytes};
    if (place == arena_count)
        arena_count++;
}

/* Python holds its lock here. */
static void *allocate(void *context, size_t size_bytes)
{
    (void)context;
    void *arena = original.allocate(original.context, size_bytes);
    if (arena && (size_bytes == ARENA_BYTES || size_bytes == OLD_ARENA_BYTES))
        note((uintptr_t)arena, size_bytes);
    return arena;
}

static void release(void *context, void *arena, size_t size_bytes)
{
    (void)context;
    for (size_t i = 0; i < arena_count; i++)
        if (arenas[i].start == (uintptr_t)arena)
            arenas[i] = (struct address_range){0, 0};
    original.release(original.context, arena, size_bytes);
}

void python_arenas_attach(void)
{
    typedef void arena_function(struct arena_allocator *);
    arena_function *get = (arena_function *)python_symbol("PyObject_GetArenaAllocator");
    arena_function *set = (arena_function *)python_symbol("PyObject_SetArenaAllocator");
    if (!get || !set || arenas)
        return;
    arenas = private_memory_map(ARENA_LIMIT * sizeof *arenas);
    struct arena_allocator ours = {NULL, allocate, release};
    get(&original);
    if (arenas)
        set(&ours);
}

void python_arenas_each(void (*exclude)(uintptr_t start, uintptr_t end))
{
    for (size_t i = 0; i < arena_count; i++)
        if (arenas[i].end)
            exclude(arenas[i].start, arenas[i].end);
}
