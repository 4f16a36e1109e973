/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_dicts.h"

#include <string.h>

#include "preload/python/python_layout.h"
#include "preload/scan/python_types.h"

enum { DICT_KEYS = 32, DICT_VALUES = 40, ENTRY_BYTES = 24, NAME_ENTRY_BYTES = 16 };
/* From 3.11 on; before, sizes are plain numbers and every entry has a hash. */
enum { KEYS_LOG2_INDEX_BYTES = 9, KEYS_KIND = 10, KEYS_COUNT = 24, KEYS_INDICES = 32 };
enum { OLD_KEYS_SIZE = 8, OLD_KEYS_COUNT = 32, OLD_KEYS_INDICES = 40 };
enum { FLAG_INLINE_VALUES = 1 << 2, FLAG_MANAGED_DICT = 1 << 4, ENTRY_LIMIT = 1 << 30 };

static size_t old_index_bytes(size_t size)
{
    return size <= 0xff         ? size
           : size <= 0xffff     ? size * 2
           : size <= 0xffffffff ? size * 4
                                : size * 8;
}

static struct python_entries entries_of(uintptr_t keys)
{
    struct python_entries entries = {.entry_bytes = ENTRY_BYTES, .key_at = 8};
    if (!keys)
        return entries;
    if (!python_layout.has_new_keys) {
        entries.count = python_word(keys, OLD_KEYS_COUNT);
        entries.entries =
            keys + OLD_KEYS_INDICES + old_index_bytes(python_word(keys, OLD_KEYS_SIZE));
    } else {
        entries.count = python_word(keys, KEYS_COUNT);
        entries.entries = keys + KEYS_INDICES +
                          ((uintptr_t)1 << (*(const uint8_t *)(keys + KEYS_LOG2_INDEX_BYTES) & 63));
        if (*(const uint8_t *)(keys + KEYS_KIND) != 0) {
            entries.entry_bytes = NAME_ENTRY_BYTES;
            entries.key_at = 0;
        }
    }
    if (entries.count > ENTRY_LIMIT)
        entries.count = 0;
    return entries;
}

struct python_entries python_dicts_entries(uintptr_t dict)
{
    struct python_entries entries = entries_of(python_word(dict, DICT_KEYS));
    uintptr_t values = python_word(dict, DICT_VALUES);
    if (values)
        entries.values = python_layout.has_inline_values ? values + 8 : values;
    return entries;
}

static uintptr_t managed_values(uintptr_t object, uintptr_t type)
{
    if (python_layout.has_inline_values) {
        uintptr_t values = object + python_word(type, PYTHON_TYPE_BASIC_SIZE);
        bool is_valid = python_word(type, PYTHON_TYPE_FLAGS) & FLAG_INLINE_VALUES &&
                        *(const uint8_t *)(values + 3);
        return is_valid ? values + 8 : 0;
    }
    if (python_layout.has_values_before)
        return python_word(object - 32, 0);
    uintptr_t tagged = python_word(object - 24, 0);
    return tagged & 1 ? tagged + 1 : 0;
}

struct python_entries python_dicts_attributes(uintptr_t object, uintptr_t type)
{
    uintptr_t flags = python_word(type, PYTHON_TYPE_FLAGS);
    uintptr_t values =
        flags & FLAG_MANAGED_DICT && python_layout.has_new_keys ? managed_values(object, type) : 0;
    if (!values)
        return (struct python_entries){0};
    struct python_entries entries = entries_of(python_word(type, python_layout.type_keys));
    entries.values = values;
    return entries;
}

uintptr_t python_dicts_get(uintptr_t dict, const char *key)
{
    char text[64];
    struct python_entries entries = dict ? python_dicts_entries(dict) : (struct python_entries){0};
    for (size_t i = 0; i < entries.count; i++) {
        uintptr_t value = python_dicts_value(&entries, i);
        if (value && python_types_text(python_dicts_key(&entries, i), text, sizeof text) &&
            strcmp(text, key) == 0)
            return value;
    }
    return 0;
}
