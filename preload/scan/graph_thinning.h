/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GRAPH_THINNING_H
#define LEAKGRAPH_GRAPH_THINNING_H

/*
 * A recording keeps as many graphs as the user allows (LEAKGRAPH_MAX_SNAPSHOTS), and not more than
 * a few GB of them. When there are more, every second one of those before the newest goes: its
 * record stays and says so, its streams are given back to the file system. In the snapshot child
 * only.
 */

#include <stdint.h>

void graph_thinning_run(uint64_t newest);

#endif
