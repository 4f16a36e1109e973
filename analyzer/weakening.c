/* SPDX-License-Identifier: MIT */
#include "analyzer/weakening.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/cycle_rings.h"

enum { POINTER_BYTES = 8 };

static bool points_to(const struct cycle *cycle, size_t from, size_t to)
{
    for (size_t i = 0; i < cycle->edge_count; i++)
        if (cycle->edges[i].from == from && cycle->edges[i].to == to)
            return true;
    return false;
}

/*
 * Who makes `cut` weak makes `edge` weak too: another pointer to the same block, and the second
 * word of a shared_ptr, which leads to the counters that hold the same block.
 */
static bool goes_with(const struct cycle *cycle, const struct cycle_edge *cut,
                      const struct cycle_edge *edge)
{
    if (edge->from != cut->from)
        return false;
    return edge->to == cut->to ||
           (edge->offset == cut->offset + POINTER_BYTES && points_to(cycle, edge->to, cut->to));
}

struct rest {
    bool is_cut[CYCLE_RINGS_EDGES];
    size_t holders[CYCLE_RINGS_MEMBERS];         /* edges that lead to a member */
    size_t first_edges[CYCLE_RINGS_MEMBERS + 1]; /* edges are sorted by `from` */
    size_t free[CYCLE_RINGS_MEMBERS];            /* members that nothing holds */
    size_t free_count;
};

static void cut_edges(const struct cycle *cycle, const struct cycle_edge *cut, struct rest *rest)
{
    memset(rest, 0, sizeof *rest);
    for (size_t i = 0; i < cycle->edge_count; i++) {
        const struct cycle_edge *edge = &cycle->edges[i];
        rest->is_cut[i] = goes_with(cycle, cut, edge);
        rest->holders[edge->to] += !rest->is_cut[i];
        rest->first_edges[edge->from + 1] = i + 1;
    }
    for (size_t member = 0; member < cycle->member_count; member++) {
        if (rest->first_edges[member + 1] < rest->first_edges[member])
            rest->first_edges[member + 1] = rest->first_edges[member]; /* has no edge */
        if (rest->holders[member] == 0)
            rest->free[rest->free_count++] = member;
    }
}

/* Takes away blocks that nothing holds until none is left, or what goes round. */
static bool is_acyclic_without(const struct cycle *cycle, const struct cycle_edge *cut,
                               struct rest *rest)
{
    cut_edges(cycle, cut, rest);
    for (size_t done = 0; done < rest->free_count; done++) {
        size_t member = rest->free[done];
        for (size_t i = rest->first_edges[member]; i < rest->first_edges[member + 1]; i++)
            if (!rest->is_cut[i] && --rest->holders[cycle->edges[i].to] == 0)
                rest->free[rest->free_count++] = cycle->edges[i].to;
    }
    return rest->free_count == cycle->member_count;
}

static bool births_are_known(const struct cycle *cycle)
{
    for (size_t member = 0; member < cycle->member_count; member++)
        if (cycle->members[member].birth_ns == 0)
            return false;
    return true;
}

/* Allocators mostly fill memory upwards: the address decides where births do not. */
static bool is_older(const struct cycle_member *one, const struct cycle_member *other,
                     bool by_birth)
{
    if (by_birth && one->birth_ns + one->birth_slack_ns < other->birth_ns)
        return true;
    if (by_birth && other->birth_ns + other->birth_slack_ns < one->birth_ns)
        return false;
    return one->address < other->address;
}

static size_t oldest_member(const struct cycle *cycle)
{
    size_t oldest = 0;
    bool by_birth = births_are_known(cycle);
    for (size_t member = 1; member < cycle->member_count; member++)
        if (is_older(&cycle->members[member], &cycle->members[oldest], by_birth))
            oldest = member;
    return oldest;
}

static const char *reason(const struct cycle *cycle, size_t edge, bool is_enough, size_t oldest)
{
    if (cycle->member_count == 1)
        return "the block points to itself";
    if (!is_enough)
        return "it cuts one of several cycles through these blocks";
    if (cycle->edges[edge].to == oldest && births_are_known(cycle))
        return "without it the cycle falls apart, and it leads back to the oldest block";
    if (cycle->edges[edge].to == oldest)
        return "without it the cycle falls apart, and it leads back to the lowest block, "
               "most likely the oldest";
    return "without it the cycle falls apart";
}

void weakening_propose(struct cycle *cycle)
{
    enum { MOST_TESTS = 256, PERFECT = 3 };
    struct rest rest;
    size_t oldest = oldest_member(cycle), best = 0;
    int best_score = -1, tests = 0;
    /* Edges back to the oldest first: what they can do nobody does better. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < cycle->edge_count && best_score < PERFECT; i++) {
            bool to_oldest = cycle->edges[i].to == oldest;
            if (to_oldest != (pass == 0) || tests++ >= MOST_TESTS)
                continue;
            int score = 2 * is_acyclic_without(cycle, &cycle->edges[i], &rest) + to_oldest;
            if (score > best_score) {
                best = i;
                best_score = score;
            }
        }
    }
    cycle->weaken = best;
    cycle->why_weaken = reason(cycle, best, best_score >= 2, oldest);
}
