/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_OWNERS_H
#define LEAKGRAPH_SCAN_OWNERS_H

/*
 * How many owners and weak references an object held by std::shared_ptr or boost::shared_ptr has:
 * its control block counts them. Control blocks are recognised by their class, which a stripped
 * program tells, too. In the snapshot child only.
 */

#include <stddef.h>
#include <stdint.h>

#include "preload/scan/scan_index.h"
#include "preload/scan/scan_stream.h"

/* Of a node whose class is `type` of scan_types.h; writes nothing when it is no control block.
   Nodes come in their order. */
void scan_owners_add(struct scan_stream *stream, size_t index, const struct scan_node *node,
                     uint32_t type);
/* Ends the stream. */
void scan_owners_end(struct scan_stream *stream);

#endif
