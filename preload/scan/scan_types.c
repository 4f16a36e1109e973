/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_types.h"

#include <stdbool.h>
#include <stddef.h>

#include "preload/arch/machine.h"
#include "preload/scan/scan_maps.h"

enum { TABLE_BITS = 16, NAME_LIMIT = 4096 };
static struct {
    uintptr_t vtable;
    uint32_t type;
} known[1u << TABLE_BITS];
static unsigned known_count;
static const char *names[1u << TABLE_BITS];
static uint32_t name_count;

/* A relocated vtable lies in a file's private mapping, in .data.rel.ro or, for copies, in .bss. */
static bool is_file_memory(uintptr_t address)
{
    const struct scan_map *map = scan_maps_find(address);
    return map && map->kind == SCAN_MAP_FILE && map->readable && !map->shared;
}

static bool is_type_name(const char *name)
{
    if (!is_file_memory((uintptr_t)name))
        return false;
    const struct scan_map *map = scan_maps_find((uintptr_t)name);
    const char *end = (const char *)map->end, *at = name + (*name == '*');
    if (at >= end || !((*at >= '0' && *at <= '9') || *at == 'N' || *at == 'S' || *at == 'Z'))
        return false;
    for (; at < end && at - name < NAME_LIMIT && *at; at++)
        if (!((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
              (*at >= 'A' && *at <= 'Z') || *at == '_' || *at == '.' || *at == '$'))
            return false;
    return at < end && !*at && at - name > 1;
}

/* Before the first function pointer: the offset to the top, 0 in a complete object, and the
   type_info, whose second word is the name. */
static const char *name_behind(uintptr_t vtable)
{
    if (!is_file_memory(vtable) || !is_file_memory(vtable - 16))
        return NULL;
    const uintptr_t *words = (const uintptr_t *)vtable;
    uintptr_t type_info = words[-1];
    if ((intptr_t)words[-2] != 0 || (type_info & 7) || !is_file_memory(type_info) ||
        !is_file_memory(type_info + 8))
        return NULL;
    const char *name = (const char *)((const uintptr_t *)type_info)[1];
    return is_type_name(name) ? name : NULL;
}

uint32_t scan_types_of(uintptr_t first_word)
{
    if ((first_word & 7) || first_word < 4096 || first_word >> MACHINE_ADDRESS_BITS)
        return 0;
    size_t at = first_word * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);
    while (known[at].vtable && known[at].vtable != first_word)
        at = (at + 1) & ((1u << TABLE_BITS) - 1);
    if (known[at].vtable)
        return known[at].type;
    if (!is_file_memory(first_word) || known_count >= (1u << TABLE_BITS) / 2)
        return 0;
    const char *name = name_behind(first_word);
    known_count++;
    known[at].vtable = first_word;
    if (name) {
        names[name_count++] = name;
        known[at].type = name_count;
    }
    return known[at].type;
}

uint32_t scan_types_count(void)
{
    return name_count;
}

const char *scan_types_name(uint32_t type)
{
    return names[type - 1];
}
