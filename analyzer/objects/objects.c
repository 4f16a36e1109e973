/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/objects.h"

#include <string.h>

#include "analyzer/objects/object_views.h"
#include "analyzer/graph/python_merge.h"
#include "analyzer/recording/snapshots.h"
#include "analyzer/objects/types.h"

static void sum(struct object_graph *objects, const struct graph *graph,
                const struct dominator_tree *tree)
{
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (graph->flags[node] & GRAPH_FREED)
            continue;
        objects->blocks++;
        objects->bytes += graph->sizes[node];
        objects->leaked_blocks += tree->parents[node] == DOMINATOR_NONE;
    }
}

/* Every snapshot tells births by its own reading of the clock, and rounds them. */
static bool is_same_birth(const struct graph *one, uint32_t first, const struct graph *other,
                          uint32_t second)
{
    const uint64_t clock_slack_ns = 1000000;
    uint64_t birth = graph_birth(one, first), before = graph_birth(other, second);
    uint64_t slack =
        graph_birth_slack(one, first) + graph_birth_slack(other, second) + clock_slack_ns;
    return birth <= before + slack && before <= birth + slack;
}

/* A block is the same as one before when it lies there, made at the same time by the same stack. */
static bool is_same_block(const struct graph *one, uint32_t first, const struct graph *other,
                          uint32_t second)
{
    return one->addresses[first] == other->addresses[second] &&
           one->sizes[first] == other->sizes[second] && one->sites[first] == other->sites[second] &&
           is_same_birth(one, first, other, second);
}

/* Both graphs are in address order. */
static bool *mark_old(struct arena *scratch, const struct graph *graph, const struct graph *before)
{
    bool *is_old = arena_array(scratch, graph->node_count, sizeof *is_old);
    uint32_t other = 0;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        while (other < before->node_count && before->addresses[other] < graph->addresses[node])
            other++;
        is_old[node] = other < before->node_count && is_same_block(graph, node, before, other);
    }
    return is_old;
}

static bool find_old(struct arena *scratch, const struct object_views_input *input,
                     const struct object_query *query, const bool **is_old, struct error *error)
{
    struct graph before;
    const struct recording_snapshot_entry *since;
    *is_old = NULL;
    if (!query->since_snapshot)
        return true;
    since = snapshots_find(input->recording, query->since_snapshot, error);
    if (!since || !graph_load(&before, scratch, scratch, input->recording, since, error))
        return false;
    *is_old = mark_old(scratch, input->graph, &before);
    return true;
}

static bool sum_types(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                      const struct object_views_input *input, const struct object_query *query,
                      struct error *error)
{
    struct types_input types = {
        .graph = input->graph,
        .names = input->names,
        .sites = input->sites,
        .tree = input->tree,
        .paths = input->paths,
    };
    if (!find_old(scratch, input, query, &types.is_old, error))
        return false;
    objects->types = types_sum(arena, &types, &objects->type_count);
    objects->sites = types_sum_sites(arena, &types, &objects->site_count);
    return true;
}

static bool analyse(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                    struct object_views_input *input, struct graph *graph, struct stacks *stacks,
                    const struct object_query *query, struct error *error)
{
    struct dominator_tree tree;
    struct paths paths;
    input->graph = graph;
    input->tree = &tree;
    input->paths = &paths;
    if (!graph_load(graph, scratch, arena, input->recording, input->snapshot, error) ||
        !python_merge(graph, scratch, arena, input->recording, input->snapshot, error))
        return false;
    dominator_tree_find(&tree, scratch, graph);
    const struct thread_places *places =
        thread_places_load(scratch, input->recording, input->snapshot->number, error);
    if (!places)
        return false;
    input->roots = root_names_new(arena, input->recording, stacks, places);
    root_names_use(input->roots, graph);
    input->names = node_names_find(arena, scratch, graph, NULL, input->recording, input->snapshot,
                                   stacks, input->roots, error);
    if (!input->names ||
        !paths_find(&paths, scratch, graph, input->recording, input->snapshot, places, error))
        return false;
    sum(objects, graph, &tree);
    if (query->types && !sum_types(objects, arena, scratch, input, query, error))
        return false;
    if (query->retainers && !object_views_retainers(objects, arena, scratch, input, query, error))
        return false;
    return query->view == OBJECT_VIEW_NONE ||
           object_views_fill(objects, arena, scratch, input, query, error);
}

const struct object_graph *objects_find(struct arena *arena, const struct recording *recording,
                                        uint64_t snapshot, const struct object_query *query,
                                        struct stacks *stacks, const struct sites *sites,
                                        struct error *error)
{
    struct object_graph *objects = arena_alloc(arena, sizeof *objects);
    struct error missing = {0};
    struct object_views_input input = {.recording = recording, .sites = sites};
    struct graph graph;
    input.snapshot = snapshots_find(
        recording, snapshot ? snapshot : python_merge_last_look(recording), &missing);
    if (!input.snapshot) {
        objects->why_not = arena_copy(arena, missing.message, strlen(missing.message));
        return objects;
    }
    objects->snapshot = input.snapshot->number;
    objects->time_ns = input.snapshot->snapshot.time_ns;
    struct arena *scratch = arena_child(arena);
    bool done = analyse(objects, arena, scratch, &input, &graph, stacks, query, error);
    arena_free(scratch);
    return done ? objects : NULL;
}
