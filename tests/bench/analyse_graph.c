/* SPDX-License-Identifier: MIT */
/*
 * analyse_graph RECORDING: the steps of the analysis of an object graph, each with its time, and
 * the peak of memory: what the analyzer is made for is a graph of 10 million nodes. analyse_graph
 * --write SHAPE NODES RECORDING [leaked]: makes such a recording.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "analyzer/graph/components.h"
#include "analyzer/graph/dominator_tree.h"
#include "tests/graph_recording.h"

static uint64_t cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void step_done(const char *name, uint64_t *started_ms)
{
    uint64_t now_ms = cpu_ms();
    printf("%s_ms=%" PRIu64 " ", name, now_ms - *started_ms);
    *started_ms = now_ms;
}

static bool analyse(struct arena *arena, const char *path, struct error *error)
{
    struct recording recording;
    struct graph graph;
    struct components components;
    struct dominator_tree tree;
    uint64_t started_ms = cpu_ms();
    bool done = recording_open(&recording, arena, path, error) && recording.snapshot_count == 1 &&
                graph_load(&graph, arena, arena, &recording, &recording.snapshots[0], error);
    recording_close(&recording);
    if (!done)
        return false;
    step_done("load", &started_ms);

    struct arena *scratch = arena_child(arena);
    bool *part = arena_array(scratch, graph.node_count, sizeof *part);
    memset(part, true, graph.node_count);
    components_find(&components, scratch, &graph, part);
    arena_free(scratch);
    step_done("components", &started_ms);
    dominator_tree_find(&tree, arena, &graph);
    step_done("dominators", &started_ms);
    printf("nodes=%u edges=%u components=%u reached=%u ", graph.node_count, graph.edge_count,
           components.count, tree.reached_count);
    return true;
}

static int write_recording(int count, char **arguments)
{
    enum graph_shape shape = graph_shape_named(arguments[2]);
    if (shape == GRAPH_SHAPES)
        return EXIT_FAILURE;
    graph_recording_write(arguments[4], shape, (uint32_t)strtoul(arguments[3], NULL, 10),
                          count == 5);
    return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    struct error error = {0};
    struct rusage usage;
    if (count >= 5 && strcmp(arguments[1], "--write") == 0)
        return write_recording(count, arguments);
    if (count != 2)
        return EXIT_FAILURE;
    struct arena *arena = arena_new();
    bool done = arena && analyse(arena, arguments[1], &error);
    if (!done)
        fprintf(stderr, "%s\n", error.message);
    arena_free(arena);
    getrusage(RUSAGE_SELF, &usage);
    printf("cpu_ms=%" PRIu64 " peak_kb=%ld\n", cpu_ms(), usage.ru_maxrss);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
