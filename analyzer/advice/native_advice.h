/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NATIVE_ADVICE_H
#define LEAKGRAPH_NATIVE_ADVICE_H

/*
 * What a C or C++ program could do better, said only where the numbers are plain: the text names
 * them, the stack shows the line to change. The thresholds are in native_advice.c, each with what
 * it rules out.
 *
 *     advice = native_advice_find(arena, &input, &count);
 */

#include "analyzer/advice/busy_lines.h"

struct native_advice_input {
    struct busy_lines_input lines;
    const struct totals *totals;
    uint64_t duration_ns;
    bool is_glibc; /* the allocator, whose own cost is known */
};

/* At most one entry of a kind per line, the heaviest first. Everything belongs to the arena. */
const struct advice *native_advice_find(struct arena *arena,
                                        const struct native_advice_input *input, size_t *count);

#endif
