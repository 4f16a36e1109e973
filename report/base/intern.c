/* SPDX-License-Identifier: MIT */
#include "report/base/intern.h"

#include <stdlib.h>

static bool grow(struct intern *table, const void *owner, intern_hash *hash)
{
    size_t room = table->room ? 2 * table->room : 256;
    uint32_t *slots = calloc(room, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < table->room; i++) {
        size_t at;

        if (!table->slots[i])
            continue;
        for (at = hash(owner, table->slots[i] - 1); slots[at & (room - 1)]; at++)
            ;
        slots[at & (room - 1)] = table->slots[i];
    }
    free(table->slots);
    table->slots = slots;
    table->room = room;
    return true;
}

uint32_t intern_find(struct intern *table, const void *owner, uint32_t candidate, intern_hash *hash,
                     intern_same *same)
{
    if (2 * table->used >= table->room && !grow(table, owner, hash))
        return INTERN_FAILED;
    for (size_t at = hash(owner, candidate);; at++) {
        uint32_t *slot = &table->slots[at & (table->room - 1)];

        if (!*slot) {
            *slot = candidate + 1;
            table->used++;
            return candidate;
        }
        if (same(owner, *slot - 1, candidate))
            return *slot - 1;
    }
}

void intern_release(struct intern *table)
{
    free(table->slots);
    *table = (struct intern){0};
}

bool intern_reserve(void *array, size_t count, size_t *room, size_t element_bytes)
{
    void **elements = array, *moved;
    size_t wanted = *room ? 2 * *room : 64;

    if (count < *room)
        return true;
    if (wanted > UINT32_MAX / 2)
        return false;
    moved = reallocarray(*elements, wanted, element_bytes);
    if (!moved)
        return false;
    *elements = moved;
    *room = wanted;
    return true;
}
