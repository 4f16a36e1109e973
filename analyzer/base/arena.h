/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ARENA_H
#define LEAKGRAPH_ARENA_H

/*
 * Memory that is freed all at once. The analysis of a session allocates thousands of small facts
 * with one lifetime and a few huge arrays with a shorter one: the facts go into the session's
 * arena, the arrays into a child that is freed earlier, or with its parent at the latest.
 *
 *     struct arena *arena = arena_new();
 *     bool done = arena_try(arena, read_everything, &reading, path, &error);
 *     arena_free(arena);
 *
 * Out of memory there is one policy: nobody checks. Work allocates in hundreds of places, and none
 * of them could do better than give up; to return through all of them would be code that no test
 * reaches. So an arena that runs out jumps back to the arena_try() that the work runs in, which
 * returns false with one error. The price: across a call that may allocate, work holds nothing but
 * arena memory and what the caller of arena_try() can release afterwards, as open files.
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/base/error.h"

struct arena;

/* The only one that returns NULL. */
struct arena *arena_new(void);

/* Returns what `work` does. When the arena, or a child of it, runs out of memory meanwhile: false
 * with "WHAT: not enough memory". May be nested. Outside of it running out aborts the program. */
typedef bool arena_work(void *context, struct error *error);
bool arena_try(struct arena *arena, arena_work *work, void *context, const char *what,
               struct error *error);
struct arena *arena_child(struct arena *parent);
/* Frees its children too. NULL is fine. */
void arena_free(struct arena *arena);

/* Zeroed. */
void *arena_alloc(struct arena *arena, size_t size_bytes);
void *arena_array(struct arena *arena, size_t count, size_t element_bytes);
/* A copy that the caller may write to. */
void *arena_duplicate(struct arena *arena, const void *array, size_t count, size_t element_bytes);
/* A copy with a NUL behind it. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for one more element of a growing array. Returns the array, which moves when it was
 * full. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity,
                 size_t element_bytes);

#endif
