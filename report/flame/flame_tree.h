/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FLAME_TREE_H
#define LEAKGRAPH_FLAME_TREE_H

/*
 * The call stacks of a session merged into a tree: frames of equal names are one node, with the
 * cost of each. Every flame graph is drawn from it. Node 0 is the root, "all". With several
 * processes, the next level is the process. Children are sorted by name and linked by index.
 *
 *     struct flame_tree tree;
 *     if (!flame_tree_build(&tree, session, &options, &error)) ...
 *     for (uint32_t i = tree.nodes[0].first_child; i; i = tree.nodes[i].next_sibling) ...
 *     flame_tree_release(&tree);
 *
 * With by_thread threads of equal names are one.
 *
 * The tree borrows frames from the session. Its code stays in one piece: naming, growing and
 * sorting share the nodes and their index while the tree is built.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"
#include "report/flame/cost.h"

struct flame_options {
    enum cost cost;
    uint64_t pid;   /* this process only; 0: all */
    bool inverted;  /* callers above what they called: who allocates most? */
    bool own_code;  /* from main to the frame that labels the stack: not inside of containers */
    bool by_thread; /* threads below the root; only for allocations and their bytes */
    const struct session *compared; /* an earlier session to compare with; NULL: none */
    const char *title;              /* what the cost is called; NULL: by its own title */
    size_t most_frames; /* to draw in a picture; 0: as many as a browser opens at once */
};

/* One name; the frame is the first one that had it, NULL for a process, "[cut]" and "[unknown]". */
struct flame_name {
    const char *text; /* clean UTF-8 */
    const struct frame *frame;
    uint32_t rank; /* position in alphabetical order */
};

struct flame_node {
    uint32_t name;                      /* index in names */
    uint32_t parent;                    /* smaller than the node's own index */
    uint32_t first_child, next_sibling; /* 0: none */
    uint32_t depth;
    uint64_t self, total;         /* cost of the stacks that end here, and of all that pass */
    uint64_t old_self, old_total; /* the same in the session compared with */
};

struct flame_tree {
    struct flame_node *nodes;
    size_t node_count;
    struct flame_name *names;
    size_t name_count;
    uint32_t depth;            /* of the deepest node */
    struct flame_index *index; /* while it grows */
};

/* False: no such process, or out of memory; there is nothing to release then. */
bool flame_tree_build(struct flame_tree *tree, const struct session *session,
                      const struct flame_options *options, struct error *error);
void flame_tree_release(struct flame_tree *tree);

/* Walks the nodes, a parent before its children; 0 after the last one. */
uint32_t flame_tree_next(const struct flame_tree *tree, uint32_t node);

const char *flame_tree_name(const struct flame_tree *tree, uint32_t node);

#endif
