/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_INTERN_H
#define LEAKGRAPH_INTERN_H

/*
 * Gives equal things one number: a hash table over an array that its owner keeps. The owner places
 * a candidate behind the last element and asks whether it is new:
 *
 *     names[count] = candidate;
 *     found = intern_find(&table, owner, count, hash_name, same_name);
 *     if (found == count) count++;            it is new, and belongs to the table now
 *     else if (found == INTERN_FAILED) ...    out of memory
 *     intern_release(&table);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intern {
    uint32_t *slots; /* index + 1, 0 is free; at most half full */
    size_t room, used;
};

#define INTERN_FAILED UINT32_MAX

typedef uint64_t intern_hash(const void *owner, uint32_t i);
typedef bool intern_same(const void *owner, uint32_t a, uint32_t b);

uint32_t intern_find(struct intern *table, const void *owner, uint32_t candidate, intern_hash *hash,
                     intern_same *same);
void intern_release(struct intern *table);

/* Makes room for one more element at the end of a growing array; moves *array when it is full. */
bool intern_reserve(void *array, size_t count, size_t *room, size_t element_bytes);

#endif
