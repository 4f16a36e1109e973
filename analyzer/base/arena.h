/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ARENA_H
#define LEAKGRAPH_ARENA_H

/*
 * Memory that is freed all at once. The analysis of a session allocates thousands of small facts
 * with one lifetime and a few huge arrays with a shorter one: the facts go into the session's
 * arena, the arrays into a child that is freed earlier, or with its parent at the latest.
 *
 *     struct arena *arena = arena_new(&out_of_memory);      (after setjmp(out_of_memory))
 *     struct node *nodes = arena_array(arena, count, sizeof *nodes);
 *     arena_free(arena);
 *
 * Nothing returns NULL but arena_new: when memory runs out, the jump buffer is taken, and its owner
 * frees the arena and reports one error. So do not hold anything but arena memory across a call.
 */

#include <setjmp.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(jmp_buf *out_of_memory);
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
