/* SPDX-License-Identifier: MIT */
#include "analyzer/model.h"

void figures_add(struct figures *sum, const struct figures *more)
{
    sum->allocations += more->allocations;
    sum->allocated_bytes += more->allocated_bytes;
    sum->frees += more->frees;
    sum->freed_bytes += more->freed_bytes;
    sum->live_blocks += more->live_blocks;
    sum->live_bytes += more->live_bytes;
    sum->peak_bytes += more->peak_bytes;
    sum->temporary_allocations += more->temporary_allocations;
    sum->leaked_blocks += more->leaked_blocks;
    sum->leaked_bytes += more->leaked_bytes;
    sum->kept_blocks += more->kept_blocks;
    sum->kept_bytes += more->kept_bytes;
}
