/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITE_COUNTS_H
#define LEAKGRAPH_SITE_COUNTS_H

/*
 * What one thread slot counted for one site: the lower halves of its record and the cells put
 * together again.
 *
 *     struct site_counts counts;
 *     site_counts_read(&counts, recording, slot, &record);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"

struct site_counts {
    uint64_t allocations, allocated_bytes, frees, freed_bytes, temporary;
    int64_t peak_bytes; /* its share of what was live at the process's peak */
};

void site_counts_read(struct site_counts *counts, const struct recording *recording, uint32_t slot,
                      const struct recording_site_counters *record);

/* Adds how many blocks lived how long, the shortest first. */
void site_counts_add_lifetimes(uint64_t lifetimes[RECORDING_LIFETIMES],
                               const struct recording *recording, uint32_t slot,
                               const struct recording_site_counters *record);

#endif
