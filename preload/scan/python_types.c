/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_types.h"

#include <string.h>

#include "preload/arch/machine.h"
#include "preload/base/private_memory.h"
#include "preload/python/python_string.h"
#include "preload/python/python_layout.h"

enum { TABLE_BITS = 18, CHAIN_LIMIT = 32 };
#define TABLE_PLACES ((size_t)1 << TABLE_BITS)
static struct python_type *table;
static uint32_t *by_index; /* place in the table */
static uint32_t type_count;
static size_t verdict_count;

enum type_flag {
    FLAG_INLINE_VALUES = 1 << 2, /* 3.13 */
    FLAG_MANAGED_WEAKREF = 1 << 3,
    FLAG_MANAGED_DICT = 1 << 4,
    FLAG_HEAP = 1 << 9,
    FLAG_READY = 1 << 12,
    FLAG_HAS_GC = 1 << 14,
    FLAG_LONG = 1 << 24,
    FLAG_LIST = 1 << 25,
    FLAG_TUPLE = 1 << 26,
    FLAG_STRING = 1 << 28,
    FLAG_DICT = 1 << 29,
    FLAG_EXCEPTION = 1 << 30,
};
#define FLAG_TYPE (1ul << 31)

static bool is_pointer(uintptr_t word)
{
    return (word & 7) == 0 && word >= 65536 && word >> MACHINE_ADDRESS_BITS == 0;
}

static bool looks_like_a_type(uintptr_t type)
{
    int64_t basic_bytes = (int64_t)python_word(type, PYTHON_TYPE_BASIC_SIZE);
    return (python_word(type, PYTHON_TYPE_FLAGS) & FLAG_READY) &&
           (int64_t)python_word(type, 0) > 0 && basic_bytes >= 0 && basic_bytes < 1 << 24 &&
           python_word(type, PYTHON_TYPE_NAME) > 65536;
}

/* type is its own class; a metaclass inherits from it. */
static bool is_type(uintptr_t address)
{
    if (!is_pointer(address) || !looks_like_a_type(address))
        return false;
    uintptr_t class = python_word(address, 8);
    for (int depth = 0; depth < CHAIN_LIMIT && is_pointer(class); depth++) {
        if (!looks_like_a_type(class) || !(python_word(class, PYTHON_TYPE_FLAGS) & FLAG_TYPE))
            return false;
        if (python_word(class, 8) == class)
            return true;
        class = python_word(class, PYTHON_TYPE_BASE);
    }
    return false;
}

static enum python_family family_by_name(const char *name)
{
    static const struct {
        const char *name;
        enum python_family family;
    } names[] = {
        {"function", PYTHON_FUNCTION},
        {"cell", PYTHON_CELL},
        {"module", PYTHON_MODULE},
        {"frame", PYTHON_FRAME},
        {"generator", PYTHON_GENERATOR},
        {"coroutine", PYTHON_GENERATOR},
        {"set", PYTHON_SET},
        {"frozenset", PYTHON_SET},
        {"collections.deque", PYTHON_DEQUE},
        {"async_generator", PYTHON_GENERATOR},
        {"weakref", PYTHON_WEAK_REFERENCE},
        {"weakref.ReferenceType", PYTHON_WEAK_REFERENCE},
        {"weakproxy", PYTHON_WEAK_REFERENCE},
        {"weakref.ProxyType", PYTHON_WEAK_REFERENCE},
        {"weakcallableproxy", PYTHON_WEAK_REFERENCE},
        {"weakref.CallableProxyType", PYTHON_WEAK_REFERENCE},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].family;
    return PYTHON_PLAIN;
}

/* A class inherits the layout of its bases: what is not marked by a flag is found by a base's name.
 */
static enum python_family family_of(uintptr_t type, unsigned long flags)
{
    static const struct {
        unsigned long flag;
        enum python_family family;
    } marked[] = {
        {FLAG_LONG, PYTHON_INTEGER},  {FLAG_LIST, PYTHON_LIST}, {FLAG_TUPLE, PYTHON_TUPLE},
        {FLAG_STRING, PYTHON_STRING}, {FLAG_DICT, PYTHON_DICT}, {FLAG_EXCEPTION, PYTHON_EXCEPTION},
        {FLAG_TYPE, PYTHON_TYPE},
    };
    for (size_t i = 0; i < sizeof marked / sizeof *marked; i++)
        if (flags & marked[i].flag)
            return marked[i].family;
    for (int depth = 0; type && depth < CHAIN_LIMIT; depth++) {
        if (!(python_word(type, PYTHON_TYPE_FLAGS) & FLAG_HEAP) ||
            strcmp((const char *)python_word(type, PYTHON_TYPE_NAME), "collections.deque") == 0)
            return family_by_name((const char *)python_word(type, PYTHON_TYPE_NAME));
        type = python_word(type, PYTHON_TYPE_BASE);
    }
    return PYTHON_PLAIN;
}

static uint8_t bytes_before(unsigned long flags)
{
    bool has_managed = flags & FLAG_MANAGED_DICT && python_layout.has_new_keys;
    if (flags & FLAG_MANAGED_WEAKREF &&
        (python_layout.has_tagged_values || python_layout.has_inline_values))
        has_managed = true;
    return (uint8_t)((flags & FLAG_HAS_GC ? PYTHON_GC_HEAD_BYTES : 0) + (has_managed ? 16 : 0));
}

static void describe(struct python_type *type)
{
    unsigned long flags = python_word(type->address, PYTHON_TYPE_FLAGS);
    type->is_collected = flags & FLAG_HAS_GC;
    type->has_finalizer = flags & FLAG_HEAP && python_word(type->address, PYTHON_TYPE_FINALIZE);
    type->before_bytes = bytes_before(flags);
    type->basic_bytes = (int64_t)python_word(type->address, PYTHON_TYPE_BASIC_SIZE);
    type->item_bytes = (int64_t)python_word(type->address, PYTHON_TYPE_ITEM_SIZE);
    type->traverse = python_word(type->address, PYTHON_TYPE_TRAVERSE);
    type->family = family_of(type->address, flags);
}

bool python_types_start(void)
{
    table = private_memory_map(TABLE_PLACES * sizeof *table);
    by_index = private_memory_map(TABLE_PLACES * sizeof *by_index);
    return table && by_index;
}

const struct python_type *python_types_at(uintptr_t address)
{
    if (!is_pointer(address))
        return NULL;
    size_t place = address * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);
    while (table[place].address && table[place].address != address)
        place = (place + 1) & (TABLE_PLACES - 1);
    struct python_type *type = &table[place];
    if (!type->address) {
        bool is_one = is_type(address); /* a fault comes here, before anything is written */
        if (verdict_count >= TABLE_PLACES / 2)
            return NULL;
        struct python_type found = {.address = address};
        if (is_one)
            describe(&found);
        verdict_count++;
        *type = found;
        if (is_one) {
            type->index = ++type_count;
            by_index[type_count] = (uint32_t)place;
        }
    }
    return type->index ? type : NULL;
}

const struct python_type *python_types_of(uintptr_t object)
{
    if (!is_pointer(object))
        return NULL;
    int64_t references = (int64_t)python_word(object, 0);
    return references > 0 ? python_types_at(python_word(object, 8)) : NULL;
}

uint32_t python_types_count(void)
{
    return type_count;
}

uintptr_t python_types_address(uint32_t index)
{
    return table[by_index[index]].address;
}

bool python_types_text(uintptr_t string, char *text, size_t capacity)
{
    const struct python_type *type = python_types_of(string);
    if (!type || type->family != PYTHON_STRING)
        return false;
    text[python_string_utf8(string, text, capacity - 1)] = 0;
    return true;
}

bool python_types_is_on_heap(uintptr_t type)
{
    return python_word(type, PYTHON_TYPE_FLAGS) & FLAG_HEAP;
}
