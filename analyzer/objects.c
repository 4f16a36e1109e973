/* SPDX-License-Identifier: MIT */
#include "analyzer/objects.h"

#include <string.h>

#include "analyzer/object_views.h"
#include "analyzer/python_merge.h"
#include "analyzer/snapshots.h"
#include "analyzer/types.h"

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

static void sum_types(struct object_graph *objects, struct arena *arena,
                      const struct object_views_input *input, const struct object_query *query)
{
    struct error ignored = {0}; /* without that snapshot all blocks are new */
    const struct recording_snapshot_entry *since =
        query->since_snapshot ? snapshots_find(input->recording, query->since_snapshot, &ignored)
                              : NULL;
    struct types_input types = {
        .graph = input->graph,
        .names = input->names,
        .sites = input->sites,
        .tree = input->tree,
        .paths = input->paths,
        .newer_than_ns = since ? since->snapshot.time_ns : 0,
    };
    objects->types = types_sum(arena, &types, &objects->type_count);
    objects->sites = types_sum_sites(arena, &types, &objects->site_count);
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
    input->roots = root_names_new(arena, input->recording, stacks);
    input->names = node_names_find(arena, scratch, graph, NULL, input->recording, input->snapshot,
                                   stacks, input->roots, error);
    if (!input->names ||
        !paths_find(&paths, scratch, graph, input->recording, input->snapshot, error))
        return false;
    sum(objects, graph, &tree);
    if (query->types)
        sum_types(objects, arena, input, query);
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
