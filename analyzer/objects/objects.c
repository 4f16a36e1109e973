/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/objects.h"

#include <string.h>

#include "analyzer/objects/object_retainers.h"
#include "analyzer/objects/object_views.h"
#include "analyzer/graph/python_merge.h"
#include "analyzer/recording/snapshots.h"
#include "analyzer/objects/types.h"
#include "analyzer/objects/weak_references.h"

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

/* Every snapshot reads the clock anew for its births, and rounds them. */
static bool is_same_birth(const struct graph *one, uint32_t first, const struct graph *other,
                          uint32_t second)
{
    const uint64_t clock_slack_ns = 1000000;
    uint64_t birth = graph_birth(one, first), before = graph_birth(other, second);
    uint64_t slack =
        graph_birth_slack(one, first) + graph_birth_slack(other, second) + clock_slack_ns;
    return birth <= before + slack && before <= birth + slack;
}

/* A block is the same as before when the same stack made it at the same time in the same place. */
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

static bool find_old(struct arena *scratch, const struct graph *graph,
                     struct snapshot_images *images, uint64_t since, const bool **is_old,
                     struct error *error)
{
    *is_old = NULL;
    if (!since)
        return true;
    const struct recording_snapshot_entry *entry = snapshots_find(graph->recording, since, error);
    const struct graph *before = entry ? snapshot_image_graph(images, entry, error) : NULL;
    if (!before)
        return false;
    *is_old = mark_old(scratch, graph, before);
    return true;
}

/* A query and what answers it. */
struct answer {
    struct control_blocks blocks;
    struct arena *arena, *scratch;
    const struct evidence *evidence;
    const struct object_query *query;
    struct object_graph *objects;
    struct graph graph;
    struct dominator_tree tree;
    struct paths paths;
    struct drawing_input input; /* the above, with their names */
};

static bool sum_types(struct answer *answer, struct error *error)
{
    struct types_input types = {
        .graph = &answer->graph,
        .names = answer->input.names,
        .sites = answer->evidence->sites,
        .tree = &answer->tree,
        .paths = &answer->paths,
    };
    struct object_graph *objects = answer->objects;
    if (!find_old(answer->scratch, &answer->graph, answer->evidence->images,
                  answer->query->since_snapshot, &types.is_old, error))
        return false;
    objects->types = types_sum(answer->arena, &types, &objects->type_count);
    objects->sites = types_sum_sites(answer->arena, &types, &objects->site_count);
    return true;
}

static bool look(struct answer *answer, const struct recording_snapshot_entry *snapshot,
                 struct error *error)
{
    const struct evidence *evidence = answer->evidence;
    struct arena *arena = answer->arena, *scratch = answer->scratch;
    struct graph *graph = &answer->graph;
    struct drawing_input *input = &answer->input;
    if (!python_merge(graph, scratch, arena, evidence->images, snapshot, error))
        return false;
    struct weak_references weak = {.graph = graph, .stacks = evidence->stacks};
    if (!weak_references_cut(&weak, arena, scratch, error))
        return false;
    dominator_tree_find(&answer->tree, scratch, graph);
    const struct thread_places *places =
        thread_places_load(scratch, evidence->recording, snapshot->number, error);
    if (!places)
        return false;
    answer->blocks = weak.blocks;
    input->blocks = &answer->blocks;
    input->roots = weak.roots;
    input->names = weak.names;
    if (!input->names) {
        input->roots = root_names_new(arena, evidence->recording, evidence->stacks, places);
        root_names_use(input->roots, graph);
        const struct node_names_input named = {
            .graph = graph,
            .stacks = evidence->stacks,
            .roots = input->roots,
        };
        input->names = node_names_find(arena, scratch, &named, error);
    }
    return input->names && paths_find(&answer->paths, scratch, graph, places, error);
}

static bool tell(struct answer *answer, struct error *error)
{
    const struct object_query *query = answer->query;
    sum(answer->objects, &answer->graph, &answer->tree);
    if (query->types && !sum_types(answer, error))
        return false;
    if (query->retainers && !object_retainers_find(answer->objects, answer->arena, answer->scratch,
                                                   &answer->input, query, error))
        return false;
    return query->view == OBJECT_VIEW_NONE ||
           object_views_fill(answer->objects, answer->arena, answer->scratch, &answer->input, query,
                             error);
}

const struct object_graph *objects_find(struct arena *arena, const struct evidence *evidence,
                                        uint64_t snapshot, const struct object_query *query,
                                        struct error *error)
{
    struct object_graph *objects = arena_alloc(arena, sizeof *objects);
    struct error missing = {0};
    const struct recording_snapshot_entry *entry =
        snapshots_find(evidence->recording,
                       snapshot ? snapshot : python_merge_last_look(evidence->recording), &missing);
    if (!entry) {
        objects->why_not = arena_copy(arena, missing.message, strlen(missing.message));
        return objects;
    }
    objects->snapshot = entry->number;
    objects->time_ns = entry->snapshot.time_ns;
    struct answer answer = {
        .arena = arena,
        .scratch = arena_child(arena),
        .evidence = evidence,
        .query = query,
        .objects = objects,
        .input = {.sites = evidence->sites},
    };
    answer.input.graph = &answer.graph;
    answer.input.tree = &answer.tree;
    answer.input.paths = &answer.paths;
    bool done = look(&answer, entry, error) && tell(&answer, error);
    arena_free(answer.scratch);
    return done ? objects : NULL;
}
