/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/site_counts.h"

int64_t site_counts_peak_bytes(const struct recording *recording,
                               const struct recording_site_counters *counters)
{
    if (counters->peak_number == (uint32_t)recording->header.peak_number)
        return counters->bytes_at_peak;
    return (int64_t)(counters->allocated_bytes - counters->freed_bytes);
}

void site_counts_add_lifetimes(uint64_t lifetimes[RECORDING_LIFETIMES],
                               const struct recording_site_counters *counters)
{
    uint64_t longer = 0;
    for (unsigned i = 0; i < RECORDING_LIFETIMES - 1; i++) {
        lifetimes[i + 1] += counters->lifetimes[i];
        longer += counters->lifetimes[i];
    }
    /* The shortest are not counted by themselves. */
    lifetimes[0] += counters->frees > longer ? counters->frees - longer : 0;
}

void site_counts_add_carry(uint64_t lifetimes[RECORDING_LIFETIMES],
                           const struct recording_carry *carry)
{
    if (carry->times == 0)
        return;
    uint64_t frees = carry->times << 32;
    lifetimes[carry->order - 1] += frees;
    lifetimes[0] -= lifetimes[0] > frees ? frees : lifetimes[0]; /* where they were taken for */
}
