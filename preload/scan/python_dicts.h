/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_DICTS_H
#define LEAKGRAPH_PYTHON_DICTS_H

/*
 * Reads CPython's dictionaries entry by entry, and the attribute values of instances that have
 * none. Only under scan_guard_call, in the snapshot child.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct python_entries {
    uintptr_t entries; /* of keys; NULL keys: no entries */
    uintptr_t values;  /* of a split table, 0: the values are with the keys */
    size_t count, entry_bytes, key_at;
};

/* The entries of a dict object. */
struct python_entries python_dicts_entries(uintptr_t dict);
/* The attributes of an instance that are kept without a dict; count 0 when there are none. */
struct python_entries python_dicts_attributes(uintptr_t object, uintptr_t type);

static inline uintptr_t python_dicts_key(const struct python_entries *entries, size_t i)
{
    return *(const uintptr_t *)(entries->entries + i * entries->entry_bytes + entries->key_at);
}

static inline uintptr_t python_dicts_value(const struct python_entries *entries, size_t i)
{
    if (entries->values)
        return ((const uintptr_t *)entries->values)[i];
    return *(const uintptr_t *)(entries->entries + i * entries->entry_bytes + entries->key_at + 8);
}

/* The value of a key that is this text, 0 when there is none. */
uintptr_t python_dicts_get(uintptr_t dict, const char *key);

#endif
