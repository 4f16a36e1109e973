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

enum object_view {
    OBJECT_VIEW_NONE,
    OBJECT_VIEW_BACKREFS,    /* what refers to the objects of the pattern, and to that, ... */
    OBJECT_VIEW_REFS,        /* to what they refer */
    OBJECT_VIEW_PATH,        /* one shortest way from a root to each */
    OBJECT_VIEW_DOMINATORS,  /* what they hold alone; without a pattern the biggest holders */
    OBJECT_VIEW_LIVE_CYCLES, /* reached, but held by themselves and one pointer only */
};

struct object_query {
    uint64_t pid; /* of the processes that are asked for it; 0: all */
    bool types, retainers;
    enum object_view view;
    const char *pattern; /* type, "function", "file:line" or 0xADDRESS; NULL: the biggest */
    uint64_t max_depth;  /* steps from the objects of the pattern */
    uint64_t too_many;   /* neighbours of one object that are shown, and objects of the pattern */
    uint64_t since_snapshot; /* only blocks born after it are counted; 0: all */
};

/* All blocks that have one name; those without one, of one site. */
struct object_type {
    const char *name; /* NULL: nothing tells */
    const struct site *site;
    uint64_t blocks, bytes;
    uint64_t retained_bytes; /* with all that only they hold */
    uint64_t deep_bytes; /* in Python: with all that they lead to, see deep_sizes.h; 0 not known */
    uint64_t leaked_blocks; /* no root reaches them */
    uint64_t stack_blocks;  /* nothing but thread stacks and registers refers to them */
};

/* What one call stack made and is still there. */
struct object_site {
    const struct site *site;
    uint64_t blocks, bytes;
};

enum object_node_kind { OBJECT_BLOCK, OBJECT_ROOT, OBJECT_MORE };

struct object_node {
    enum object_node_kind kind;
    const char *name; /* type, or the root's; NULL unknown */
    const struct site *site;
    uint64_t address, size_bytes, retained_bytes;
    const char *held_by; /* of a retainer: the root that points to it; NULL unknown */
    uint64_t more;       /* OBJECT_MORE: how many were left out */
    bool is_start;       /* of the pattern */
    bool is_leaked;
    bool is_of_library; /* a container's node or buffer */
};

struct object_edge {
    size_t from, to; /* indices of nodes */
    uint64_t offset;
    uint64_t pointers; /* without a label, from one block to another; offset is the first one's */
    const char *label; /* NULL: nothing tells */
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
    const struct object_node *retainers; /* that roots hold, biggest retained first */
    size_t retainer_count;
    uint64_t matches; /* blocks that the pattern names */
    const struct object_node *nodes;
    size_t node_count;
    const struct object_edge *edges;
    size_t edge_count;
};

#endif
