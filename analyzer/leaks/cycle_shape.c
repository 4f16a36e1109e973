/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycle_shape.h"

#include <string.h>

#include "analyzer/base/hash.h"

struct starts {
    size_t edge_starts[CYCLE_SHAPE_MEMBERS + 1];
};

static void index_edges(const struct cycle_shape *shape, struct starts *starts)
{
    size_t edge = 0;
    for (size_t member = 0; member <= shape->member_count; member++) {
        while (edge < shape->edge_count && shape->edges[edge].from < member)
            edge++;
        starts->edge_starts[member] = edge;
    }
}

/* Colours tell members with different parts in the cycle apart; a few rounds leave few starts to
 * try. */
static void colour(const struct cycle_shape *shape, const struct starts *starts,
                   uint64_t colours[CYCLE_SHAPE_MEMBERS])
{
    enum { ROUNDS = 3 };
    uint64_t next[CYCLE_SHAPE_MEMBERS];
    memcpy(colours, shape->labels, shape->member_count * sizeof *colours);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t member = 0; member < shape->member_count; member++) {
            next[member] = hash_mix(round + 1, colours[member]);
            for (size_t i = starts->edge_starts[member]; i < starts->edge_starts[member + 1]; i++)
                next[member] = hash_mix(hash_mix(next[member], shape->edges[i].offset),
                                        colours[shape->edges[i].to]);
        }
        memcpy(colours, next, shape->member_count * sizeof *colours);
    }
}

/* The rarest colour; of equally rare ones the smallest. */
static uint64_t rarest(const uint64_t *colours, size_t count)
{
    size_t fewest = count + 1;
    uint64_t best = 0;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < count; k++)
            same += colours[k] == colours[i];
        if (same < fewest || (same == fewest && colours[i] < best)) {
            fewest = same;
            best = colours[i];
        }
    }
    return best;
}

static size_t walk(const struct cycle_shape *shape, const struct starts *starts, uint32_t start,
                   uint32_t *order, uint64_t *code)
{
    uint32_t places[CYCLE_SHAPE_MEMBERS];
    size_t found = 0, length = 0;
    memset(places, 0xff, sizeof places);
    places[start] = 0;
    order[found++] = start;
    for (size_t at = 0; at < found; at++) {
        uint32_t member = order[at];
        code[length++] = shape->labels[member];
        code[length++] = starts->edge_starts[member + 1] - starts->edge_starts[member];
        for (size_t i = starts->edge_starts[member]; i < starts->edge_starts[member + 1]; i++) {
            uint32_t to = shape->edges[i].to;
            if (places[to] == UINT32_MAX) {
                places[to] = (uint32_t)found;
                order[found++] = to;
            }
            code[length++] = shape->edges[i].offset;
            code[length++] = places[to];
        }
    }
    return length;
}

static int compare_codes(const uint64_t *one, const uint64_t *other, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (one[i] != other[i])
            return one[i] < other[i] ? -1 : 1;
    return 0;
}

size_t cycle_shape_describe(const struct cycle_shape *shape, uint32_t order[CYCLE_SHAPE_MEMBERS],
                            uint64_t code[CYCLE_SHAPE_CODE])
{
    struct starts starts;
    uint64_t colours[CYCLE_SHAPE_MEMBERS], other_code[CYCLE_SHAPE_CODE];
    uint32_t other_order[CYCLE_SHAPE_MEMBERS];
    size_t length = 0;
    index_edges(shape, &starts);
    colour(shape, &starts, colours);
    uint64_t best = rarest(colours, shape->member_count);
    for (uint32_t start = 0; start < shape->member_count; start++) {
        if (colours[start] != best)
            continue;
        size_t other_length = walk(shape, &starts, start, other_order, other_code);
        if (length && compare_codes(other_code, code, length) >= 0)
            continue;
        length = other_length;
        memcpy(code, other_code, length * sizeof *code);
        memcpy(order, other_order, shape->member_count * sizeof *order);
    }
    return length;
}
