/* SPDX-License-Identifier: MIT */
#include "analyzer/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    BLOCK_BYTES = 64 * 1024,
    LARGE_BYTES = BLOCK_BYTES / 4,
    HUGE_BYTES = 4 << 20,
    ALIGN_BYTES = 16
};

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(ALIGN_BYTES) char bytes[];
};

struct arena {
    struct arena *root;   /* of the children: the one that arena_new() made */
    jmp_buf *give_up_to;  /* the root's; NULL: nobody tries */
    struct block *blocks; /* small ones are cut from the first */
    struct arena *parent, *children, *next_sibling;
};

static struct arena *arena_make(struct arena *parent)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->root = arena;
    if (parent) {
        arena->root = parent->root;
        arena->parent = parent;
        arena->next_sibling = parent->children;
        parent->children = arena;
    }
    return arena;
}

struct arena *arena_new(void)
{
    return arena_make(NULL);
}

static _Noreturn void give_up(struct arena *arena)
{
    if (!arena->root->give_up_to)
        abort();
    longjmp(*arena->root->give_up_to, 1);
}

bool arena_try(struct arena *arena, arena_work *work, void *context, const char *what,
               struct error *error)
{
    struct arena *root = arena->root;
    jmp_buf here, *outer = root->give_up_to;
    volatile bool done = false;
    root->give_up_to = &here;
    if (setjmp(here) == 0)
        done = work(context, error);
    else
        error_set(error, "%.200s: not enough memory", what);
    root->give_up_to = outer;
    return done;
}

struct arena *arena_child(struct arena *parent)
{
    struct arena *child = arena_make(parent);
    if (!child)
        give_up(parent);
    return child;
}

static void leave_parent(struct arena *arena)
{
    if (!arena->parent)
        return;
    struct arena **link = &arena->parent->children;
    while (*link != arena)
        link = &(*link)->next_sibling;
    *link = arena->next_sibling;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    while (arena->children)
        arena_free(arena->children);
    leave_parent(arena);
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

/* Walks over a graph touch memory at random: with small pages, most of their time would go into TLB
 * misses. */
static void use_huge_pages(void *memory, size_t size_bytes)
{
    const uintptr_t page = 2 << 20;
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)memory + size_bytes) & ~(page - 1);
    if (end > start)
        madvise((void *)start, end - start, MADV_HUGEPAGE);
}

/* calloc hands out huge blocks as untouched zero pages. */
static struct block *block_new(struct arena *arena, size_t size_bytes)
{
    struct block *block = NULL;
    if (size_bytes <= SIZE_MAX - sizeof *block)
        block = calloc(1, sizeof *block + size_bytes);
    if (!block)
        give_up(arena);
    block->size = size_bytes;
    if (size_bytes >= HUGE_BYTES)
        use_huge_pages(block, sizeof *block + size_bytes);
    return block;
}

static void *alloc_large(struct arena *arena, size_t size_bytes)
{
    struct block *block = block_new(arena, size_bytes);
    struct block **link = arena->blocks ? &arena->blocks->next : &arena->blocks;
    block->used = size_bytes;
    block->next = *link;
    *link = block;
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    if (size_bytes >= LARGE_BYTES)
        return alloc_large(arena, size_bytes);
    size_bytes = (size_bytes + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    struct block *block = arena->blocks;
    if (!block || block->size - block->used < size_bytes) {
        block = block_new(arena, BLOCK_BYTES);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += size_bytes;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t element_bytes)
{
    size_t size_bytes;
    if (__builtin_mul_overflow(count, element_bytes, &size_bytes))
        give_up(arena);
    return arena_alloc(arena, size_bytes);
}

void *arena_duplicate(struct arena *arena, const void *array, size_t count, size_t element_bytes)
{
    void *copy = arena_array(arena, count, element_bytes);
    if (count)
        memcpy(copy, array, count * element_bytes);
    return copy;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length)
        memcpy(copy, bytes, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        give_up(arena);
    char *text = arena_alloc(arena, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity,
                 size_t element_bytes)
{
    if (count < *capacity)
        return array;
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *moved = arena_array(arena, larger, element_bytes);
    if (count)
        memcpy(moved, array, count * element_bytes);
    *capacity = larger;
    return moved;
}
