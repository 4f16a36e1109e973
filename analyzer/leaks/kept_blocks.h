/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_KEPT_BLOCKS_H
#define LEAKGRAPH_KEPT_BLOCKS_H

/*
 * What each site still held when the program was done. That is what is alive at the end, but Python
 * takes itself apart before it exits: of it, what was alive just before, by the snapshot of that
 * moment.
 */

#include <stdbool.h>

#include "analyzer/base/error.h"
#include "analyzer/graph/snapshot_image.h"
#include "analyzer/sites/sites.h"

/* Fills kept_blocks and kept_bytes of every site. */
bool kept_blocks_sum(struct sites *sites, struct snapshot_images *images, struct error *error);

#endif
