/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PAUSE_ESTIMATE_H
#define LEAKGRAPH_PAUSE_ESTIMATE_H

/*
 * How long will the program stand still for a snapshot? A fork copies the page tables: the more
 * private pages are resident the longer, and a huge page counts no more than a small one. What the
 * process's earlier snapshots took corrects the estimate.
 */

#include <stdint.h>

/* `limit_ns` 0: none. Close to a limit the pages are counted with care, which itself takes a while.
 */
uint64_t pause_estimate_ns(uint64_t limit_ns);
void pause_estimate_learn(uint64_t pause_ns);
/* A snapshot was refused because of the estimate: what one busy moment cost must not refuse them
   forever. */
void pause_estimate_forgive(void);

uint64_t pause_estimate_resident_bytes(void);

#endif
