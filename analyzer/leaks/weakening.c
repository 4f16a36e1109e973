/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/weakening.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/leaks/cycle_rings.h"

enum { POINTER_BYTES = 8 };

static bool points_to(const struct cycle *cycle, size_t from, size_t to)
{
    for (size_t i = 0; i < cycle->edge_count; i++)
        if (cycle->edges[i].from == from && cycle->edges[i].to == to)
            return true;
    return false;
}

static bool is(const struct cycle_edge *edge, const char *ownership)
{
    return edge->ownership && strcmp(edge->ownership, ownership) == 0;
}

/* Members of one class, or of one site where no class is known. */
static bool are_alike(const struct cycle_member *one, const struct cycle_member *other)
{
    if (one->type && other->type)
        return strcmp(one->type, other->type) == 0;
    return one->type == other->type && one->site == other->site;
}

/* All elements of an array count as one member. */
static bool is_same_member(const struct cycle_edge *one, const struct cycle_edge *other)
{
    if (!one->label || !other->label)
        return one->offset == other->offset;
    return strcmp(one->label, other->label) == 0 ||
           (one->label[0] == '[' && other->label[0] == '[');
}

/*
 * Making `cut` weak makes `edge` weak too: it is the same member of another object of the class,
 * another pointer to the same block, or the second word of a shared_ptr, which points to the
 * counters that hold the same block.
 */
static bool goes_with(const struct cycle *cycle, const struct cycle_edge *cut,
                      const struct cycle_edge *edge)
{
    if (is_same_member(cut, edge) &&
        are_alike(&cycle->members[cut->from], &cycle->members[edge->from]))
        return true;
    if (edge->from != cut->from)
        return false;
    return edge->to == cut->to ||
           (edge->offset == cut->offset + POINTER_BYTES && points_to(cycle, edge->to, cut->to));
}

/* Memory in which a container keeps its elements: "map<int, Foo> node", "Foo.items buffer". */
static bool is_of_container(const struct cycle_member *member)
{
    const char *last = member->type ? strrchr(member->type, ' ') : NULL;
    return last && (strcmp(last, " node") == 0 || strcmp(last, " buffer") == 0);
}

/* These keep nothing alive: a weak_ptr, a string's pointer to its own characters, and the links
 * from a container's nodes back to the object that the container is a member of. */
static bool holds_nothing(const struct cycle *cycle, const struct cycle_edge *edge)
{
    const struct cycle_member *from = &cycle->members[edge->from], *to = &cycle->members[edge->to];
    return is(edge, "weak") ||
           (edge->from == edge->to && (is(edge, "owned") || is(edge, "link"))) ||
           (is(edge, "link") && is_of_container(from) && !is_of_container(to));
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
        rest->is_cut[i] = holds_nothing(cycle, edge) || (cut && goes_with(cycle, cut, edge));
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

/* Removes blocks that nothing holds until none is left, or only what goes round. */
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

/* Allocators mostly fill memory upwards, so the address decides where births do not. */
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

static const char *how_to(const struct cycle_edge *edge)
{
    return is(edge, "shared")      ? "make it a std::weak_ptr; "
           : is(edge, "intrusive") ? "make it a plain pointer, which does not count; "
                                   : "";
}

static const char *why(const struct cycle *cycle, size_t edge, bool is_enough, size_t oldest)
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

/* Edges that can be weakened at all and whose name suggests a way up rather than down. */
static int preference(const struct cycle_edge *edge)
{
    static const char *const upwards[] = {"parent", "owner", "back",      "prev",
                                          "root",   "self",  "container", "outer"};
    enum { CAN_BE_WEAK = 16, LEADS_UP = 1 };
    bool is_fixed = is(edge, "owned") || is(edge, "weak") || is(edge, "link");
    int result = is_fixed ? 0 : CAN_BE_WEAK;
    for (size_t i = 0; edge->label && i < sizeof upwards / sizeof *upwards; i++)
        if (strstr(edge->label, upwards[i]))
            return result + LEADS_UP;
    return result;
}

void weakening_propose(struct arena *arena, struct cycle *cycle)
{
    enum { MOST_TESTS = 256, TO_OLDEST = 2, ENOUGH = 8, PERFECT = 27 };
    struct rest rest;
    size_t oldest = oldest_member(cycle), best = 0;
    int best_score = -1, tests = 0;
    bool best_is_enough = false;
    if (cycle->edge_count && is_acyclic_without(cycle, NULL, &rest)) {
        cycle->why_weaken =
            "no pointer of the program goes round, only strings and containers inside of the "
            "object: freeing the object is what is missing";
        return;
    }
    /* Tries edges back to the oldest first: if one of them works, no other is better. */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < cycle->edge_count && best_score < PERFECT; i++) {
            bool to_oldest = cycle->edges[i].to == oldest;
            if (to_oldest != (pass == 0) || tests++ >= MOST_TESTS)
                continue;
            int score = preference(&cycle->edges[i]) + (to_oldest ? TO_OLDEST : 0);
            bool is_enough = is_acyclic_without(cycle, &cycle->edges[i], &rest);
            score += is_enough ? ENOUGH : 0;
            if (score > best_score) {
                best = i;
                best_score = score;
                best_is_enough = is_enough;
            }
        }
    }
    cycle->weaken = best;
    cycle->why_weaken =
        arena_printf(arena, "%s%s", cycle->edge_count ? how_to(&cycle->edges[best]) : "",
                     why(cycle, best, best_is_enough, oldest));
}
