/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COUNTER_CELLS_H
#define LEAKGRAPH_COUNTER_CELLS_H

/*
 * What does not fit the 32 bytes of a site's counters: lifetimes beyond the first few, and what is
 * carried out of 32 bits. Chains of small records, most sites have none or one. See struct
 * recording_cells. Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording/threads.h"

/* One more block of the site was freed that lived so long: not the shortest of orders. */
void counter_cells_add_lifetime(struct thread *thread, struct recording_site_counters *counters,
                                uint64_t lived_ns);
void counter_cells_add(struct thread *thread, struct recording_site_counters *counters,
                       enum recording_cell_kind kind, uint64_t amount);
void counter_cells_set(struct thread *thread, struct recording_site_counters *counters,
                       enum recording_cell_kind kind, uint64_t value);
/* The cell's place, NULL when there is none. */
uint64_t *counter_cells_find(struct thread *thread, const struct recording_site_counters *counters,
                             enum recording_cell_kind kind);

#endif
