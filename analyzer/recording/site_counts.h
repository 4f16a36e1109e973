/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITE_COUNTS_H
#define LEAKGRAPH_SITE_COUNTS_H

/*
 * What the counters of one site and thread slot tell beyond their plain sums.
 *
 *     bytes += site_counts_peak_bytes(recording, &counters);
 */

#include <stdint.h>

#include "analyzer/recording/recording_reader.h"

/* Their share of what was live at the process's peak. */
int64_t site_counts_peak_bytes(const struct recording *recording,
                               const struct recording_site_counters *counters);

/* Adds how many blocks lived how long, the shortest first. */
void site_counts_add_lifetimes(uint64_t lifetimes[RECORDING_LIFETIMES],
                               const struct recording_site_counters *counters);

/* The same for what its counters could not hold, after all of them. */
void site_counts_add_carry(uint64_t lifetimes[RECORDING_LIFETIMES],
                           const struct recording_carry *carry);

#endif
