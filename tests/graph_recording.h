/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GRAPH_RECORDING_H
#define LEAKGRAPH_GRAPH_RECORDING_H

/*
 * Recordings of object graphs of any size, written node by node: for what must be linear, and for
 * the benchmark. All blocks come from one site, and every pointer is to the start of a block.
 *
 *     graph_recording_write("list.lgr", graph_shape_named("list"), 10000000, true);
 */

#include <stdbool.h>
#include <stdint.h>

enum graph_shape {
    GRAPH_CHAIN,  /* each points to the next */
    GRAPH_LIST,   /* and back; held at both ends */
    GRAPH_STAR,   /* one points to all the others, and they to it */
    GRAPH_TREE,   /* two children, and back to the parent */
    GRAPH_RANDOM, /* three pointers to anywhere */
    GRAPH_SHAPES,
};
extern const char *const graph_shape_names[GRAPH_SHAPES];

/* GRAPH_SHAPES when there is none of the name. */
enum graph_shape graph_shape_named(const char *name);

/* With roots the graph is reachable, without them all of it is leaked. Ends the test when it fails.
 */
void graph_recording_write(const char *path, enum graph_shape shape, uint32_t node_count,
                           bool with_roots);

#endif
