/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GRAPH_H
#define LEAKGRAPH_GRAPH_H

/*
 * The object graph of one snapshot: nodes by index in address order, their edges one after another.
 * Built for 10 million nodes: about 40 bytes per node and 4 per edge. It does not keep where in a
 * block an edge starts and where it ends: graph_read_edges() decodes the stream again for the few
 * that need it. Pointers into their own block are left out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/recording/recording_reader.h"

enum graph_node_flags {
    GRAPH_IS_ROOT = 1, /* a block of the loader or libc, reachable by definition */
    GRAPH_FREED = 2, /* freed since the snapshot: counts nowhere, but conducted reachability then */
    GRAPH_OF_PYTHON =
        4, /* from Python's allocator: an object, or what the interpreter keeps for one */
    GRAPH_BY_NEW = 8,
    GRAPH_BY_NEW_ARRAY = 16, /* none of these three: malloc and the like */
    GRAPH_EXPIRED = 32,      /* weak references keep the memory of an object that is destroyed */
};

/* How a node was allocated, from its flags. */
static inline enum recording_block_kind graph_kind(uint8_t flags)
{
    if (flags & GRAPH_OF_PYTHON)
        return RECORDING_KIND_PYTHON;
    if (flags & GRAPH_BY_NEW_ARRAY)
        return RECORDING_KIND_NEW_ARRAY;
    return flags & GRAPH_BY_NEW ? RECORDING_KIND_NEW : RECORDING_KIND_MALLOC;
}

struct graph_edge {
    uint32_t from, to;
    uint64_t offset, target_offset; /* in bytes, in either block */
    bool tagged;                    /* a pointer with a count or flags in its unused bits */
};

struct graph {
    const struct recording *recording;
    const struct recording_snapshot_entry *snapshot; /* the recording's, to read it again */
    uint32_t node_count, edge_count, root_count, type_count;
    uint32_t told_root_count;    /* as recorded: python_merge.h leaves some of them out */
    uint64_t *addresses, *sizes; /* in bytes */
    uint32_t *sites;             /* ids of the recording */
    uint32_t *types;             /* index into type_names, 0 none */
    uint8_t *flags;              /* enum graph_node_flags */
    uint64_t *births_ns;         /* see graph_birth */
    uint64_t birth_origin_ns;
    uint32_t *edge_starts; /* node_count + 1 */
    uint32_t *targets;
    uint32_t *roots;                     /* nodes that a root points to, possibly several times */
    uint64_t *root_offsets;              /* where in them */
    const char **type_names;             /* as users call them; [0] is NULL */
    const char **class_names;            /* the same as the compiler spells them */
    const struct graph_edge *held_edges; /* set for a graph that is in no recording */
    const struct python_heap *python;    /* what some of those edges refer to, see python_merge.h */
    const uint8_t *object_offsets; /* by node: where Python's object begins in it; NULL: unknown.
                                      Pointers to before that are the collector's list. */
    const uint16_t *python_flags;  /* by node, of objects: enum recording_python_flags */
    uint32_t cut_edge_count;
    const uint64_t *cut_edges; /* bits, by place among the pointers that the recording has: those
                                  that keep nothing alive are no edges; NULL: all are */
    const uint64_t *cut_roots; /* the same of roots */
    const uint32_t
        *python_locals; /* by node: the local variable of Python that holds it, from 1; 0: none */
};

/* Type names come from an arena of their own: findings keep them when the graph has gone. Who has a
 * process to judge asks snapshot_image.h, which loads each graph once. */
bool graph_load(struct graph *graph, struct arena *arena, struct arena *names,
                const struct recording *recording, const struct recording_snapshot_entry *snapshot,
                struct error *error);

/* When the block was made, in nanoseconds of CLOCK_MONOTONIC; 0: unknown. */
static inline uint64_t graph_birth(const struct graph *graph, uint32_t node)
{
    return graph->births_ns[node];
}
/* The births of the smallest blocks are rounded: the true one is at most this much later. */
uint64_t graph_birth_slack(const struct graph *graph, uint32_t node);

typedef void graph_edge_visitor(const struct graph_edge *edge, void *context);
bool graph_read_edges(const struct graph *graph, struct arena *arena, graph_edge_visitor *visit,
                      void *context, struct error *error);

/* Those that were cut (weak_references.h), in the same order. */
bool graph_read_cut_edges(const struct graph *graph, struct arena *arena, graph_edge_visitor *visit,
                          void *context, struct error *error);

struct graph_root {
    uint32_t kind;    /* enum recording_root_kind */
    uint32_t to;      /* node */
    uint64_t owner;   /* see preload/recording.h */
    uint64_t address; /* where the pointer was found; for a register, its number */
    uint64_t target_offset;
};

typedef void graph_root_visitor(const struct graph_root *root, void *context);
bool graph_read_roots(const struct graph *graph, struct arena *arena, graph_root_visitor *visit,
                      void *context, struct error *error);

bool graph_read_cut_roots(const struct graph *graph, struct arena *arena, graph_root_visitor *visit,
                          void *context, struct error *error);

#endif
