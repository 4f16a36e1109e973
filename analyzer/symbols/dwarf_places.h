/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_PLACES_H
#define LEAKGRAPH_DWARF_PLACES_H

/*
 * Where the entries of types and scopes stand in a module's debug info: an entry does not know its
 * parent, so it takes a walk over its unit to tell its full name. Units are walked when they are
 * first asked about; a name nobody knows yet makes unit after unit be walked. All of it is the
 * arena's.
 */

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"

struct dwarf_place {
    Dwarf_Die entry, parent;
    const char *name; /* with its scope; NULL for an anonymous one */
};

struct dwarf_places;
struct dwarf_places *dwarf_places_new(struct arena *arena, Dwarf *dwarf);

/* NULL for an entry that is neither a type nor a scope. */
const struct dwarf_place *dwarf_places_of(struct dwarf_places *places, const Dwarf_Die *entry);
/* The definition with the name, however it is spelled; NULL when no unit has one. */
const struct dwarf_place *dwarf_places_named(struct dwarf_places *places, const char *name);

/* The entry's own name without its scope; NULL: it has none. */
const char *dwarf_places_own_name(struct arena *arena, Dwarf_Die *entry);

static inline bool dwarf_places_is_record(int tag)
{
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static inline bool dwarf_places_is_type(int tag)
{
    return dwarf_places_is_record(tag) || tag == DW_TAG_enumeration_type || tag == DW_TAG_base_type;
}

static inline bool dwarf_places_is_declaration(const Dwarf_Die *entry)
{
    Dwarf_Die copy = *entry;
    return dwarf_hasattr(&copy, DW_AT_declaration) != 0;
}

#endif
