/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_KEPT_BLOCKS_H
#define LEAKGRAPH_KEPT_BLOCKS_H

/*
 * What each site still held when the program was done: what is alive at the end. But Python tears
 * itself down before it exits, so of a Python program it is what was alive just before that, in the
 * snapshot of that moment.
 */

#include <stdbool.h>

#include "analyzer/base/error.h"
#include "analyzer/graph/snapshot_image.h"
#include "analyzer/sites/sites.h"

/* Fills kept_blocks and kept_bytes of every site. */
bool kept_blocks_sum(struct sites *sites, struct snapshot_images *images, struct error *error);

#endif
