/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NODE_TEXTS_H
#define LEAKGRAPH_NODE_TEXTS_H

/*
 * What a kind of block is called, from what node_names.c found out about it: its type, what it was
 * allocated for, or who holds it. For node_names.c only.
 */

#include "analyzer/objects/node_kinds.h"
#include "analyzer/objects/root_names.h"
#include "analyzer/objects/site_types.h"

/* How a type became known; better ranks replace worse ones. */
enum rank {
    RANK_NONE,
    RANK_DOUBTFUL, /* some of the block's pointers are unexplained */
    RANK_SITE_PREFIX,
    RANK_PREFIX, /* a pointer says how the block begins */
    RANK_SITE_ARRAY,
    RANK_POINTER_ARRAY,
    RANK_SITE,    /* one of the pointers around the allocating call has this size */
    RANK_POINTER, /* a pointer says so, and the size agrees */
    RANK_MAKER,   /* allocated for this type */
    RANK_CLASS,   /* the block says so itself */
};

struct name {
    const struct dwarf_type *type; /* NULL unknown */
    bool is_array;
    enum rank rank;
    const char *made_for; /* name of the type it was allocated for, known without debug info too */
    bool made_many;       /* for several of it */
    const char *pool;     /* which allocator hands it out in pieces; NULL: none */
    uint32_t holder;      /* the kind with a named pointer to its start */
    const char *holder_label;
    bool is_surely_held; /* the word is declared as a pointer; others may be stale */
    const struct thread_storage *storage; /* the block is a thread's storage; NULL: it is not */
    uint64_t storage_offset;              /* in the block */
    const char *text;
    bool has_text;
    const char
        *python_part; /* a part of one of Python's containers: "list buffer"; NULL: it is none */
};

struct node_names {
    struct arena *arena, *scratch;
    const struct graph *graph;
    const struct recording *recording;
    struct stacks *stacks;
    struct root_names *roots; /* NULL: not asked for */
    struct site_types_cache *sites;
    struct node_kinds kinds;
    struct name *all;  /* by kind */
    uint32_t *waiting; /* kinds whose pointers became typed; a ring buffer */
    bool *is_waiting;
    uint32_t waiting_start, waiting_count;
};

/* NULL: nothing is known. The text is made when it is first asked for. */
const char *node_texts_of_kind(struct node_names *names, uint32_t kind);

/* The recording's node of the stack that allocated the kind's blocks; 0: unknown. */
uint32_t node_texts_stack_of(const struct node_names *names, const struct node_kind *kind);

#endif
