/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_teardown.h"

#include <string.h>

#include "analyzer/graph/leak_graph.h"
#include "analyzer/python/python.h"
#include "analyzer/graph/python_merge.h"

/* Programs that embed Python go on after its end, and what they lose is their own fault. */
static bool is_interpreter(const struct recording *recording, struct arena *arena)
{
    const char *path = recording_text(recording, arena, recording->header.executable);
    const char *slash = path ? strrchr(path, '/') : NULL;
    return path && strncmp(slash ? slash + 1 : path, "python", strlen("python")) == 0;
}

static const struct recording_snapshot_entry *
before_end(const struct recording *recording, const struct recording_snapshot_entry *snapshot)
{
    uint64_t number = python_merge_last_look(recording);
    for (size_t i = 0; i < recording->snapshot_count; i++)
        if (number && recording->snapshots[i].number == number && number < snapshot->number)
            return &recording->snapshots[i];
    return NULL;
}

/*
 * The main thread is inside the interpreter then, and pointers on its stack are left over from
 * calls that have returned. A running thread holds what it works with.
 */
struct keeper {
    struct graph *graph;
    uint64_t main_thread;
    uint32_t kept;
};

static void keep_root(const struct graph_root *root, void *context)
{
    struct keeper *keeper = context;
    bool is_of_thread = root->kind == RECORDING_ROOT_STACK || root->kind == RECORDING_ROOT_REGISTER;
    if (is_of_thread && root->owner == keeper->main_thread)
        return;
    keeper->graph->roots[keeper->kept++] = root->to;
}

static bool keep_roots(struct graph *graph, struct arena *arena, struct error *error)
{
    struct keeper keeper = {
        .graph = graph,
        .main_thread = (uint64_t)graph->recording->header.pid,
    };
    graph->roots = arena_array(arena, graph->told_root_count, sizeof *graph->roots);
    bool done = graph_read_roots(graph, arena, keep_root, &keeper, error);
    graph->root_count = keeper.kept;
    return done;
}

static bool nothing_is_suppressed(uint32_t node, uint32_t site, void *context)
{
    (void)node, (void)site, (void)context;
    return false;
}

/* Both are in address order. The same block has the same address, size and site, and was born
 * before. */
static void mark_kept(struct graph *graph, const struct graph *was, const bool *was_leaked,
                      uint64_t snapshot_ns)
{
    uint32_t node = 0;
    for (uint32_t before = 0; before < was->node_count; before++) {
        while (node < graph->node_count && graph->addresses[node] < was->addresses[before])
            node++;
        if (node < graph->node_count && graph->addresses[node] == was->addresses[before] &&
            graph->sizes[node] == was->sizes[before] && graph->sites[node] == was->sites[before] &&
            graph_birth(graph, node) <= snapshot_ns && !was_leaked[before])
            graph->flags[node] |= GRAPH_IS_ROOT;
    }
}

/* Marks what was reachable in the snapshot from before the end. */
static bool find_kept(struct graph *graph, struct arena *scratch, struct snapshot_images *images,
                      const struct recording_snapshot_entry *before, struct error *error)
{
    const struct graph *image = snapshot_image_graph(images, before, error);
    if (!image)
        return false;
    struct graph was = *image;
    struct leak_graph leaks;
    if (!keep_roots(&was, scratch, error) || !python_mark_objects(&was, scratch, images, error))
        return false;
    leak_graph_build(&leaks, scratch, &was, nothing_is_suppressed, NULL);
    mark_kept(graph, &was, leaks.leaked, before->snapshot.time_ns);
    return true;
}

bool python_teardown_mark(struct graph *graph, struct arena *arena, struct snapshot_images *images,
                          struct error *error)
{
    struct arena *scratch = arena_child(arena);
    const struct recording_snapshot_entry *before = before_end(graph->recording, graph->snapshot);
    bool done = true;
    if (before && is_interpreter(graph->recording, scratch)) {
        graph->flags =
            arena_duplicate(arena, graph->flags, graph->node_count, sizeof *graph->flags);
        done = find_kept(graph, scratch, images, before, error);
    }
    arena_free(scratch);
    return done;
}
