/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEBUG_INFO_H
#define LEAKGRAPH_DEBUG_INFO_H

/*
 * What DWARF says about an address: the function, the functions inlined there, and the source
 * lines. Compilation units are indexed by address once; a unit is read when its first address is
 * asked for.
 */

#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"

struct debug_info;

struct debug_frame {
    const char *linkage_name; /* NULL when there is none */
    const char *name;         /* the plain name; NULL: unknown */
    const char *file;         /* NULL unknown */
    int line;                 /* 0 unknown */
    bool is_plain;            /* needs no linker name: it is C's, and not mangled itself */
};

enum { DEBUG_INFO_FRAMES = 64 };

/* NULL when the module has no DWARF. */
struct debug_info *debug_info_new(struct arena *arena, Dwfl_Module *module);
/* Fills frames, innermost first, and returns their number: all but the last are inlined. 0 when
 * nothing is known. The strings live as long as the module. */
size_t debug_info_find(struct debug_info *info, uint64_t address,
                       struct debug_frame frames[DEBUG_INFO_FRAMES]);

/* The same as DWARF entries: the function at an address and what is inlined there, outermost first.
 * 0 when there is none. */
size_t debug_info_scopes(struct debug_info *info, uint64_t address,
                         Dwarf_Die scopes[DEBUG_INFO_FRAMES]);
Dwarf *debug_info_dwarf(const struct debug_info *info, uint64_t *bias);

#endif
