/* SPDX-License-Identifier: MIT */
#include "report/flame/cost.h"

const struct cost_text costs[COST_COUNT] = {
    [COST_PEAK] = {"peak", "bytes live at the peak", true},
    [COST_LEAKED] = {"leaked", "leaked bytes", true},
    [COST_ALLOCATED] = {"allocated", "allocated bytes", true},
    [COST_ALLOCATIONS] = {"allocations", "allocations", false},
    [COST_TEMPORARY] = {"temporary", "temporary allocations", false},
    [COST_LIVE] = {"live", "bytes live at the end", true},
};

uint64_t cost_of_site(enum cost cost, const struct site *site)
{
    switch (cost) {
    case COST_PEAK:
        return site->figures.peak_bytes;
    case COST_LEAKED:
        return site->figures.leaked_bytes;
    case COST_ALLOCATED:
        return site->figures.allocated_bytes;
    case COST_ALLOCATIONS:
        return site->figures.allocations;
    case COST_TEMPORARY:
        return site->figures.temporary_allocations;
    case COST_LIVE:
        return site->figures.live_bytes;
    case COST_COUNT:
        break;
    }
    return 0;
}
