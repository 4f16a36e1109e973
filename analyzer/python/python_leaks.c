/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_leaks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/python_constants.h"
#include "analyzer/graph/holdings.h"
#include "analyzer/python/python_part.h"
#include "analyzer/python/python_references.h"

struct finder {
    const struct python_graph *both;
    const struct sites *sites;
    struct python_references references;
    struct python_constants *constants;
    uint32_t *doubtful; /* objects, by site */
    struct arena *arena;
    struct python_leak *leaks;
    size_t leak_count, leak_capacity;
};

/* Python reuses the memory of dead tuples, so a tuple's block may be older than the tuple. No item
 * is younger than its tuple. */
static uint32_t youngest_item(const struct finder *finder, uint32_t object)
{
    enum { SLACK_NS = 1000000 };
    const struct python_heap *heap = finder->both->heap;
    const struct graph *graph = finder->both->graph;
    uint32_t youngest = finder->both->node_of[object];
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++) {
        uint32_t item = finder->both->node_of[heap->targets[edge]];
        if (item < graph->node_count &&
            graph_birth(graph, item) >
                graph_birth(graph, youngest) + graph_birth_slack(graph, youngest) + SLACK_NS)
            youngest = item;
    }
    return youngest;
}

static bool is_of_type(const struct finder *finder, uint32_t object, const char *name)
{
    const char *type = finder->both->heap->type_names[finder->both->heap->types[object]];
    return type && strcmp(type, name) == 0;
}

static bool is_tuple(const struct finder *finder, uint32_t object)
{
    return is_of_type(finder, object, "tuple");
}

static uint32_t site_of(const struct finder *finder, uint32_t object)
{
    uint32_t node =
        is_tuple(finder, object) ? youngest_item(finder, object) : finder->both->node_of[object];
    return python_graph_site(finder->both, node);
}

/* --- what is no leak --- */

/* Things an extension keeps for itself, once. */
static bool is_definition(const struct finder *finder, uint32_t object)
{
    return is_of_type(finder, object, "function") || is_of_type(finder, object, "module") ||
           finder->both->heap->flags[object] & RECORDING_PYTHON_TYPE;
}

/* A tuple whose memory a line of Python allocated may be that line's, or belong to whoever reused
 * the memory. */
static bool is_doubtful(const struct finder *finder, uint32_t object)
{
    return (is_tuple(finder, object) || is_definition(finder, object)) &&
           python_constants_is_of_python(finder->constants, site_of(finder, object));
}

static void count_doubtful(struct finder *finder, struct arena *arena)
{
    finder->doubtful = arena_array(arena, finder->sites->id_end + 1, sizeof *finder->doubtful);
    for (uint32_t object = 0; object < finder->both->heap->object_count; object++)
        if (finder->references.surplus[object] && is_doubtful(finder, object))
            finder->doubtful[site_of(finder, object)]++;
}

/* Lives for its callback, which releases it: pybind11 waits like this for the end of each class. */
static bool waits_for_callback(const struct finder *finder, uint32_t object)
{
    const struct python_heap *heap = finder->both->heap;
    if (!(heap->flags[object] & RECORDING_PYTHON_WEAK) || heap->references[object] != 1)
        return false;
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++)
        if (heap->labels[edge] != RECORDING_PYTHON_CLASS)
            return true;
    return false;
}

/* Constants do not repeat. */
static bool is_constant(const struct finder *finder, uint32_t object)
{
    enum { FEW = 10 };
    uint32_t site = site_of(finder, object);
    return python_constants_has(finder->constants, site) ||
           (is_doubtful(finder, object) && finder->doubtful[site] < FEW);
}

/* --- leaks --- */

static struct python_leak *leak_for(struct finder *finder, const char *type,
                                    const struct site *site, bool is_held)
{
    for (size_t i = 0; i < finder->leak_count; i++) {
        struct python_leak *leak = &finder->leaks[i];
        if (leak->type == type && leak->site == site && leak->is_held == is_held)
            return leak;
    }
    finder->leaks = arena_grow(finder->arena, finder->leaks, finder->leak_count,
                               &finder->leak_capacity, sizeof *finder->leaks);
    struct python_leak *leak = &finder->leaks[finder->leak_count++];
    *leak = (struct python_leak){.type = type, .site = site, .is_held = is_held};
    return leak;
}

static void add_object(struct finder *finder, uint32_t object)
{
    const struct python_heap *heap = finder->both->heap;
    uint32_t found = finder->references.found[object];
    const struct site *site = sites_get(finder->sites, site_of(finder, object));
    struct python_leak *leak =
        leak_for(finder, heap->type_names[heap->types[object]], site, found > 0);
    if (!leak->objects++)
        leak->address = heap->addresses[object];
    leak->bytes += heap->sizes[object];
    leak->references += heap->references[object];
    leak->found += found;
}

/* Seeds what is lost of one kind. */
static void seed_leak(struct finder *finder, const struct python_part *part, const bool *lost,
                      const struct python_leak *leak, struct holdings *holdings)
{
    const struct python_heap *heap = finder->both->heap;
    for (uint32_t node = 0; node < part->graph.node_count; node++) {
        uint32_t object = python_part_object(part, node);
        if (object != PYTHON_GRAPH_NONE && lost[object] &&
            heap->type_names[heap->types[object]] == leak->type &&
            sites_get(finder->sites, site_of(finder, object)) == leak->site)
            holdings_seed(holdings, part->leaks.components.of_node[node]);
    }
}

/* What goes with objects that nobody holds. */
static void add_retained(struct finder *finder, const bool *lost)
{
    struct arena *scratch = arena_child(finder->arena);
    struct python_part part;
    python_part_build(&part, scratch, finder->both, lost);
    struct holdings *holdings = holdings_new(scratch, &part.leaks);
    for (size_t i = 0; i < finder->leak_count; i++) {
        struct python_leak *leak = &finder->leaks[i];
        if (leak->is_held)
            continue;
        holdings_begin(holdings);
        seed_leak(finder, &part, lost, leak, holdings);
        leak->retained_bytes = holdings_follow(holdings, false)->amount.bytes;
    }
    arena_free(scratch);
}

static int compare_leaks(const void *left, const void *right)
{
    const struct python_leak *one = left, *other = right;
    if (one->is_held != other->is_held)
        return one->is_held ? 1 : -1;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return one->objects > other->objects ? -1 : one->objects < other->objects;
}

bool python_leaks_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       const struct evidence *evidence, struct error *error)
{
    const struct sites *sites = evidence->sites;
    struct arena *scratch = arena_child(arena);
    struct finder finder = {.both = both, .sites = sites, .arena = arena};
    bool *lost = arena_array(scratch, both->heap->object_count, sizeof *lost), is_any_lost = false;
    bool done = python_references_find(&finder.references, scratch, both, error);
    finder.constants =
        python_constants_new(scratch, evidence->recording, evidence->stacks, sites->id_end);
    if (done)
        count_doubtful(&finder, scratch);
    for (uint32_t object = 0; done && object < both->heap->object_count; object++) {
        if (!finder.references.surplus[object] || waits_for_callback(&finder, object))
            continue;
        if (is_constant(&finder, object)) {
            python->constant_objects++;
            python->constant_bytes += both->heap->sizes[object];
            continue;
        }
        add_object(&finder, object);
        lost[object] = finder.references.found[object] == 0;
        is_any_lost |= lost[object];
    }
    if (done && is_any_lost)
        add_retained(&finder, lost);
    if (finder.leak_count)
        qsort(finder.leaks, finder.leak_count, sizeof *finder.leaks, compare_leaks);
    python->leaks = finder.leaks;
    python->leak_count = finder.leak_count;
    arena_free(scratch);
    return done;
}
