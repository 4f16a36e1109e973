/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_GRAPH_H
#define LEAKGRAPH_OBJECT_GRAPH_H

/*
 * The object graph for people: which types there are, what holds most, and drawings of a part: who
 * refers to these objects, to what do they refer, how do the roots reach them. Asked for with the
 * session:
 *
 *     struct object_query query = {.view = OBJECT_VIEW_BACKREFS, .pattern = "Node", .max_depth = 3,
 * ...}; struct session_options options = {.objects = &query};
 *     ... session->processes[0].objects->nodes ...
 *
 * Facts only, all owned by the session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct site;
struct process;

enum object_view {
    OBJECT_VIEW_NONE,
    OBJECT_VIEW_BACKREFS,    /* what refers to the matching objects, what refers to that, ... */
    OBJECT_VIEW_REFS,        /* what they refer to */
    OBJECT_VIEW_PATH,        /* one shortest path from a root to each */
    OBJECT_VIEW_DOMINATORS,  /* what only they hold; without a pattern, the biggest holders */
    OBJECT_VIEW_LIVE_CYCLES, /* reachable, but held by themselves and a single pointer */
};

struct object_query {
    uint64_t pid;                                     /* the process to look at; 0: all */
    bool (*is_wanted)(const struct process *process); /* NULL: all */
    bool types, retainers;
    enum object_view view;
    const char *pattern;     /* type, "function", "file:line" or 0xADDRESS; NULL: the biggest */
    uint64_t max_depth;      /* steps from the matching objects */
    uint64_t too_many;       /* how many neighbours of an object, and matching objects, are shown */
    uint64_t since_snapshot; /* counts only blocks born after it; 0: all */
};

/* All blocks with one name; or, without a name, of one site. */
struct object_type {
    const char *name; /* NULL: unknown */
    const struct site *site;
    uint64_t blocks, bytes;
    uint64_t retained_bytes; /* with all that only they hold */
    uint64_t deep_bytes; /* in Python: with all that they lead to, see deep_sizes.h; 0: unknown */
    uint64_t leaked_blocks; /* no root reaches them */
    uint64_t stack_blocks;  /* only thread stacks and registers refer to them */
};

/* What one call stack made and is still there. */
struct object_site {
    const struct site *site;
    uint64_t blocks, bytes;
};

enum object_node_kind { OBJECT_BLOCK, OBJECT_ROOT, OBJECT_MORE };

struct object_node {
    enum object_node_kind kind;
    const char *name; /* the type's, or the root's; NULL: unknown */
    const struct site *site;
    uint64_t address, size_bytes, retained_bytes;
    const char *held_by; /* for a retainer: the root that points to it; NULL: unknown */
    uint64_t more;       /* OBJECT_MORE: how many were left out */
    bool is_start;       /* matches the pattern */
    bool is_leaked;
    bool is_shared;                   /* held by shared_ptr */
    uint64_t use_count, owners_found; /* as it counts; shared_ptrs to it that were found */
    bool is_of_library;               /* a container's node or buffer */
};

struct object_edge {
    size_t from, to; /* indices of nodes */
    uint64_t offset;
    uint64_t pointers; /* how many, when they have no label; offset is the first one's */
    const char *label; /* NULL: unknown */
    bool exact;
    const char *ownership; /* see struct cycle_edge */
};

struct object_graph {
    uint64_t snapshot;   /* its number */
    uint64_t time_ns;    /* CLOCK_MONOTONIC */
    const char *why_not; /* NULL: there is a graph */
    uint64_t blocks, bytes, leaked_blocks;
    const struct object_type *types; /* most bytes first */
    size_t type_count;
    const struct object_site *sites; /* most bytes first */
    size_t site_count;
    const struct object_node *retainers; /* held by roots, biggest retained first */
    size_t retainer_count;
    uint64_t matches; /* blocks that match the pattern */
    const struct object_node *nodes;
    size_t node_count;
    const struct object_edge *edges;
    size_t edge_count;
};

#endif
