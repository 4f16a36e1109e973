/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_TYPES_H
#define LEAKGRAPH_DWARF_TYPES_H

/*
 * The types that a module's debug info describes: records with their members, pointers, arrays.
 * Sees through typedefs and qualifiers, follows a declaration to its definition in another unit,
 * and gives one name to what several units describe alike. Everything is read when first asked for
 * and belongs to the arena; the debug info must stay open as long.
 *
 *     const struct dwarf_type *node = dwarf_types_named(types, "Node");
 *     for (size_t i = 0; i < dwarf_type_member_count(node); i++) ... dwarf_type_members(node)[i]
 * ...
 */

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"

enum dwarf_type_kind { DWARF_TYPE_OTHER, DWARF_TYPE_RECORD, DWARF_TYPE_POINTER, DWARF_TYPE_ARRAY };

struct dwarf_types;
struct dwarf_type;

struct dwarf_type_member {
    const char *name; /* NULL: a base class, or an anonymous struct or union */
    uint64_t offset;
    const struct dwarf_type *type; /* NULL: unknown */
    bool is_base;
    bool is_virtual; /* a virtual base: only in a complete object, not where its owner is itself a
                        base */
};

struct dwarf_types *dwarf_types_new(struct arena *arena, Dwarf *dwarf);

/* NULL for void and functions. A type that is defined nowhere has a name, but no size and no
 * members. */
const struct dwarf_type *dwarf_types_at(struct dwarf_types *types, const Dwarf_Die *entry);
/* The type that an entry (a variable, a member, a pointer) says it has. */
const struct dwarf_type *dwarf_types_of(struct dwarf_types *types, const Dwarf_Die *entry);
/* By full name, however compiler or demangler spell it; NULL when no unit defines it. */
const struct dwarf_type *dwarf_types_named(struct dwarf_types *types, const char *name);

enum dwarf_type_kind dwarf_type_kind(const struct dwarf_type *type);
const char *dwarf_type_name(const struct dwarf_type *type); /* with its scope, "struct node" in C */
uint64_t dwarf_type_size(const struct dwarf_type *type);    /* in bytes; 0 unknown */
bool dwarf_type_is_union(const struct dwarf_type *type);
/* What a pointer points to, or an array's element. */
const struct dwarf_type *dwarf_type_target(const struct dwarf_type *type);
const struct dwarf_type_member *dwarf_type_members(const struct dwarf_type *type);
size_t dwarf_type_member_count(const struct dwarf_type *type);
/* A template's first argument: Node for shared_ptr<Node>. */
const struct dwarf_type *dwarf_type_argument(const struct dwarf_type *type);

/* The first template argument of the function or class at an entry. */
const struct dwarf_type *dwarf_types_argument_of(struct dwarf_types *types, const Dwarf_Die *entry);
/* The class that a member function belongs to; false when there is none. */
bool dwarf_types_class_of(struct dwarf_types *types, const Dwarf_Die *function, Dwarf_Die *found);

#endif
