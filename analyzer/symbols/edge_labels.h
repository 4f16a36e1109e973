/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EDGE_LABELS_H
#define LEAKGRAPH_EDGE_LABELS_H

/*
 * What the program calls the word at an offset of a block: the members that lead there, as its
 * source spells them. The inside of the standard library's classes is left out, for a user knows
 * `children_` and not its `_M_impl._M_start`. Where the block itself is the library's (a map's
 * node), its own links have short names.
 *
 *     struct edge_label label = edge_labels_of_type(arena, type, false, 24);   "Base::next",
 * "items[2].owner"
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"

/* Who owns the block that a pointer leads to. */
enum edge_ownership {
    EDGE_PLAIN,     /* a plain pointer, or unknown */
    EDGE_SHARED,    /* std::shared_ptr and the like */
    EDGE_INTRUSIVE, /* a smart pointer to an object that counts its own references */
    EDGE_WEAK,      /* std::weak_ptr: holds nothing */
    EDGE_OWNED,     /* std::unique_ptr, a container's own memory: not to be weakened */
    EDGE_LINK,      /* from a container to one of its nodes, or between nodes */
};

extern const char *const edge_ownership_names[]; /* NULL for plain */

struct edge_label {
    const char *text; /* belongs to the arena; NULL: no member lies there */
    bool is_pointer;  /* declared as a pointer; otherwise the word only looks like one */
    bool is_slot;     /* of an array, a union or an optional: the word stays when its value goes */
    enum edge_ownership ownership;
    const struct dwarf_type *target; /* what the pointer is declared to point to; NULL for void */
};

/* For a block that begins with one `type`, or is an array of them. */
struct edge_label edge_labels_of_type(struct arena *arena, const struct dwarf_type *type,
                                      bool is_array, uint64_t offset);

/* For a node of the library's containers, without debug info: only its links to other nodes are
 * known, because they are in the same places in all of them. */
struct edge_label edge_labels_of_node(const char *type_name, uint64_t offset);

#endif
