/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_VARIABLES_H
#define LEAKGRAPH_DWARF_VARIABLES_H

/*
 * A module's variables with an address of their own: globals, static members, statics of functions;
 * and those at an offset in each thread's storage. The debug info is walked when the first one is
 * asked for.
 */

#include <elfutils/libdw.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"

struct dwarf_variables;

struct dwarf_variable {
    const char *name; /* with its scope; NULL for an unnamed one */
    uint64_t address; /* the DWARF's own, or an offset in the thread's storage */
    const struct dwarf_type *type;
    const char *file; /* NULL unknown */
    unsigned line;
};

struct dwarf_variables *dwarf_variables_new(struct arena *arena, Dwarf *dwarf,
                                            struct dwarf_types *types);
enum dwarf_variable_kind { DWARF_VARIABLE_GLOBAL, DWARF_VARIABLE_OF_THREAD };
/* False when no variable covers the address, or offset in the thread's storage. */
bool dwarf_variables_find(struct dwarf_variables *variables, enum dwarf_variable_kind kind,
                          uint64_t address, struct dwarf_variable *found);

#endif
