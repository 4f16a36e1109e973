/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_VARIABLES_H
#define LEAKGRAPH_DWARF_VARIABLES_H

/*
 * The variables of a module that have an address of their own: globals, static members, statics of
 * functions; and those that each thread has at an offset of its own storage. The debug info is
 * walked when the first one is asked for.
 */

#include <elfutils/libdw.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"

struct dwarf_variables;

struct dwarf_variable {
    const char *name; /* with its scope; NULL for an unnamed one */
    uint64_t address; /* the DWARF's own, or the offset in the thread's storage */
    const struct dwarf_type *type;
    const char *file; /* NULL unknown */
    unsigned line;
};

struct dwarf_variables *dwarf_variables_new(struct arena *arena, Dwarf *dwarf,
                                            struct dwarf_types *types);
enum dwarf_variable_kind { DWARF_VARIABLE_GLOBAL, DWARF_VARIABLE_OF_THREAD };
/* False when the address, or offset in the thread's storage, lies in no variable. */
bool dwarf_variables_find(struct dwarf_variables *variables, enum dwarf_variable_kind kind,
                          uint64_t address, struct dwarf_variable *found);

#endif
