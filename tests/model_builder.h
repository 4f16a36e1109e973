/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODEL_BUILDER_H
#define LEAKGRAPH_MODEL_BUILDER_H

/*
 * Sessions made by hand, for the tests of everything that reads a model. All is static and may be
 * changed by a test; each call starts afresh.
 *
 *     struct session *session = model_builder_robot();   // one process with every kind of content
 */

#include "analyzer/model.h"

/*
 * robot (pid 123): two identical cycles Node -> Node (a.next, b.prev), with a tail of strings; a
 * direct leak that holds an indirect one; a double free; names that need escaping; a drop; an
 * advice.
 */
struct session *model_builder_robot(void);

/* A process without leaks and nothing else of interest. */
struct session *model_builder_clean(void);

/* The robot, a clean process, one that was killed, an image that exec replaced and its successor, a
 * damaged recording. */
struct session *model_builder_launch(void);

/* A ring of that many blocks with one chord, to be cut at its last edge. */
struct session *model_builder_ring(size_t members);

#endif
