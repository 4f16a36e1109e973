/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_LOCALS_H
#define LEAKGRAPH_DWARF_LOCALS_H

/*
 * The local variable that lies at an address of a function's frame. Only those that have one place on the
 * stack, counted from the frame's base, are found; what was in a register is not.
 */

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/arena.h"
#include "analyzer/dwarf_types.h"

struct dwarf_frame {
    Dwarf_Die *scopes; /* the function and what is inlined at pc, outermost first */
    size_t scope_count;
    uint64_t pc; /* the DWARF's own */
    uint64_t cfa;
};

struct dwarf_local {
    const char *name;
    uint64_t offset; /* of the address in it */
    const struct dwarf_type *type;
    size_t scope; /* index of the one that it belongs to */
};

/* False when no variable is known there. The name is the arena's. */
bool dwarf_locals_find(struct arena *arena, struct dwarf_types *types, const struct dwarf_frame *frame,
                       uint64_t address, struct dwarf_local *found);

#endif
