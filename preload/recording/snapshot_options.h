/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_OPTIONS_H
#define LEAKGRAPH_SNAPSHOT_OPTIONS_H

/*
 * The user's wishes for snapshots, from the environment, where `leakgraph record` puts them:
 *
 *     LEAKGRAPH_SNAPSHOT_EVERY=60s        LEAKGRAPH_MAX_PAUSE=50ms
 *     LEAKGRAPH_SNAPSHOT_AT_BYTES=512M    LEAKGRAPH_MAX_SNAPSHOTS=64
 *     LEAKGRAPH_SNAPSHOT_AT_RSS=1G        LEAKGRAPH_QUIET_SNAPSHOTS=1
 *     LEAKGRAPH_CLEAR_REUSED=4K
 *
 * Times take ns, us, ms, s, m, h; sizes K, M, G, T. A value that cannot be read is ignored and
 * counted as dropped, so that the report mentions it.
 */

#include <stdbool.h>
#include <stdint.h>

struct snapshot_options {
    uint64_t every_ns, at_live_bytes, at_resident_bytes; /* 0: not wanted */
    uint64_t max_pause_ns;                               /* 0: no limit */
    uint64_t max_count;
    bool quiet;
};
extern struct snapshot_options snapshot_options;

/* In the constructor: it needs an environment and a recording. */
void snapshot_options_read(void);
/* So much of reused memory is cleared. Wanted earlier: before the first block is recorded. */
uint64_t snapshot_options_clear_reused(void);

#endif
