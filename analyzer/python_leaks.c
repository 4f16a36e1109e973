/* SPDX-License-Identifier: MIT */
#include "analyzer/python_leaks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/python_part.h"
#include "analyzer/python_references.h"

struct finder {
    const struct python_graph *both;
    const struct sites *sites;
    struct python_references references;
    struct arena *arena;
    struct python_leak *leaks;
    size_t leak_count, leak_capacity;
};

static const struct site *site_of(const struct finder *finder, uint32_t object)
{
    uint32_t node = finder->both->node_of[object];
    return sites_get(finder->sites, python_graph_site(finder->both, node));
}

static struct python_leak *leak_for(struct finder *finder, const char *type, const struct site *site,
                                    bool is_held)
{
    for (size_t i = 0; i < finder->leak_count; i++) {
        struct python_leak *leak = &finder->leaks[i];
        if (leak->type == type && leak->site == site && leak->is_held == is_held)
            return leak;
    }
    finder->leaks = arena_grow(finder->arena, finder->leaks, finder->leak_count, &finder->leak_capacity,
                               sizeof *finder->leaks);
    struct python_leak *leak = &finder->leaks[finder->leak_count++];
    *leak = (struct python_leak){.type = type, .site = site, .is_held = is_held};
    return leak;
}

static void add_object(struct finder *finder, uint32_t object)
{
    const struct python_heap *heap = finder->both->heap;
    uint32_t found = finder->references.found[object];
    struct python_leak *leak =
        leak_for(finder, heap->type_names[heap->types[object]], site_of(finder, object), found > 0);
    if (!leak->objects++)
        leak->address = heap->addresses[object];
    leak->bytes += heap->sizes[object];
    leak->references += heap->references[object];
    leak->found += found;
}

/* What goes with objects that nobody holds; objects of one kind do not contain one another. */
static void add_retained(struct finder *finder, const bool *lost)
{
    struct arena *scratch = arena_child(finder->arena);
    struct python_part part;
    python_part_build(&part, scratch, finder->both, lost);
    const struct dominators *dominators = &part.leaks.dominators;
    for (uint32_t node = 0; node < part.graph.node_count; node++) {
        uint32_t object = python_part_object(&part, node);
        if (object == PYTHON_GRAPH_NONE || !lost[object])
            continue;
        const char *type = finder->both->heap->type_names[finder->both->heap->types[object]];
        leak_for(finder, type, site_of(finder, object), false)->retained_bytes +=
            dominators->retained[part.leaks.components.of_node[node]];
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
                       const struct sites *sites, const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error)
{
    struct arena *scratch = arena_child(arena);
    struct finder finder = {.both = both, .sites = sites, .arena = arena};
    bool *lost = arena_array(scratch, both->heap->object_count, sizeof *lost), is_any_lost = false;
    bool done = python_references_find(&finder.references, scratch, both, recording, snapshot, error);
    for (uint32_t object = 0; done && object < both->heap->object_count; object++)
        if (finder.references.surplus[object]) {
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
