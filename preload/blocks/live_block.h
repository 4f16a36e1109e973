/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_BLOCK_H
#define LEAKGRAPH_LIVE_BLOCK_H

/* What the live table tells of a block, and of an address. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

struct live_block {
    uintptr_t address;
    uint64_t size_bytes;
    uint64_t birth_ticks; /* of event_clock.h; rounded down for the smallest blocks */
    uint32_t site;
    enum recording_block_kind kind;
    bool is_root; /* made by the loader: reachable by definition */
};

/* A kind beside recording_block_kind: realloc is at work, the block may be gone or still be there.
 */
#define LIVE_BLOCKS_KIND_MOVING ((enum recording_block_kind)4)

enum live_blocks_answer {
    LIVE_BLOCKS_UNKNOWN, /* never seen there */
    LIVE_BLOCKS_LIVE,
    LIVE_BLOCKS_FREED, /* a block began there and is gone */
};

typedef bool live_blocks_visitor(const struct live_block *block, void *context);

#endif
