/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_LOCALS_H
#define LEAKGRAPH_DWARF_LOCALS_H

/*
 * The local variables that a function has on the stack at one of its instructions. Only variables
 * with one fixed place relative to the frame's base are known; values in registers are not.
 * Everything belongs to the arena.
 *
 *     const struct dwarf_locals *locals = dwarf_locals_at(arena, types, scopes, count, pc);
 *     if (dwarf_locals_find(locals, cfa, address, &found)) ... found.name
 */

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"

struct dwarf_local {
    const char *name;
    int64_t place; /* the variable's address - the frame's CFA */
    uint64_t size_bytes;
    const struct dwarf_type *type;
    size_t scope; /* index of its scope */
};

struct dwarf_locals {
    struct dwarf_local *all; /* inner scopes first */
    size_t count, capacity;
};

/* `scopes`: the function and what is inlined at pc, outermost first; pc is the DWARF's own. */
const struct dwarf_locals *dwarf_locals_at(struct arena *arena, struct dwarf_types *types,
                                           Dwarf_Die *scopes, size_t scope_count, uint64_t pc);
/* NULL when no variable is known there. */
const struct dwarf_local *dwarf_locals_find(const struct dwarf_locals *locals, uint64_t cfa,
                                            uint64_t address);

#endif
