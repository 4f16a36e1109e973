/* SPDX-License-Identifier: MIT */
#include "report/timeline/massif.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/recording/timeline.h"
#include "report/base/version.h"
#include "report/flame/flame_tree.h"
#include "report/view/labels.h"

enum { THRESHOLD_PERCENT = 1, MOST_SAMPLES = 100, MOST_DEPTH = 60 };

struct writing {
    FILE *file;
    const struct session *session;
    const struct process *process;
    unsigned snapshots;
};

static const struct process *biggest(const struct session *session)
{
    const struct process *found = NULL;

    for (size_t i = 0; i < session->process_count; i++)
        if (!found || session->processes[i].totals.peak_bytes > found->totals.peak_bytes)
            found = &session->processes[i];
    return found;
}

static void write_head(const struct writing *writing)
{
    const char *const *words = writing->process->command;

    fprintf(writing->file, "desc: %s\ncmd:", version_name);
    if (words && words[0])
        fprintf(writing->file, " %s", label_command(writing->process).text);
    else
        fprintf(writing->file, " %s", label_process(writing->process).text);
    fputs("\ntime_unit: ms\n", writing->file);
}

static void write_snapshot(struct writing *writing, uint64_t time_ns, uint64_t heap_bytes,
                           const char *tree)
{
    fprintf(writing->file,
            "#-----------\nsnapshot=%u\n#-----------\ntime=%" PRIu64 "\nmem_heap_B=%" PRIu64
            "\nmem_heap_extra_B=0\nmem_stacks_B=0\nheap_tree=%s\n",
            writing->snapshots++, time_ns / 1000000, heap_bytes, tree);
}

static bool is_shown(const struct flame_tree *tree, const struct flame_node *node)
{
    return node->total * 100 >= tree->nodes[0].total * THRESHOLD_PERCENT &&
           node->depth <= MOST_DEPTH;
}

/* Children not shown become one line, as in massif. */
struct rest {
    unsigned shown, places;
    uint64_t bytes;
};

static struct rest sum_children(const struct flame_tree *tree, const struct flame_node *node)
{
    struct rest rest = {0};

    for (uint32_t i = node->first_child; i; i = tree->nodes[i].next_sibling) {
        if (is_shown(tree, &tree->nodes[i])) {
            rest.shown++;
        } else {
            rest.places++;
            rest.bytes += tree->nodes[i].total;
        }
    }
    return rest;
}

static void write_place(FILE *file, const struct flame_tree *tree, uint32_t i)
{
    const struct frame *frame = tree->names[tree->nodes[i].name].frame;
    struct label source;

    if (i == 0) {
        fputs("(heap allocation functions) malloc/new/new[], --alloc-fns, etc.", file);
        return;
    }
    fprintf(file, "0x%" PRIX64 ": %s", frame ? frame->offset : 0, flame_tree_name(tree, i));
    if (!frame)
        return;
    source = label_source(frame);
    if (source.text[0])
        fprintf(file, " (%s)", source.text);
    else if (frame->module_path || frame->module)
        fprintf(file, " (in %s)", frame->module_path ? frame->module_path : frame->module);
}

/* Biggest first, as ms_print expects; few children of a node count. */
static uint32_t next_biggest(const struct flame_tree *tree, const struct flame_node *parent,
                             uint32_t after)
{
    uint32_t found = 0;

    for (uint32_t i = parent->first_child; i; i = tree->nodes[i].next_sibling) {
        const struct flame_node *node = &tree->nodes[i];
        const struct flame_node *last = &tree->nodes[after];
        bool later =
            !after || node->total < last->total || (node->total == last->total && i > after);

        if (is_shown(tree, node) && later && (!found || node->total > tree->nodes[found].total))
            found = i;
    }
    return found;
}

static void indent(FILE *file, uint32_t depth)
{
    fprintf(file, "%*s", (int)depth, "");
}

static void write_rest(FILE *file, const struct rest *rest, uint32_t depth)
{
    indent(file, depth);
    fprintf(file, "n0: %" PRIu64 " in %u place%s, %s below massif's threshold (%d.00%%)\n",
            rest->bytes, rest->places, rest->places == 1 ? "" : "s", rest->places == 1 ? "" : "all",
            THRESHOLD_PERCENT);
}

static void write_node(FILE *file, const struct flame_tree *tree, uint32_t i)
{
    const struct flame_node *node = &tree->nodes[i];
    struct rest rest = sum_children(tree, node);

    indent(file, node->depth);
    fprintf(file, "n%u: %" PRIu64 " ", rest.shown + (rest.places > 0), node->total);
    write_place(file, tree, i);
    fputc('\n', file);
    for (uint32_t child = next_biggest(tree, node, 0); child;
         child = next_biggest(tree, node, child))
        write_node(file, tree, child);
    if (rest.places)
        write_rest(file, &rest, node->depth + 1);
}

static bool write_tree(struct writing *writing, uint64_t time_ns, enum cost cost, const char *kind,
                       struct error *error)
{
    struct flame_options options = {.cost = cost, .inverted = true};
    struct session alone = *writing->session; /* images before an exec have the same pid */
    struct flame_tree tree;

    alone.processes = (struct process *)writing->process;
    alone.process_count = 1;
    if (!flame_tree_build(&tree, &alone, &options, error))
        return false;
    write_snapshot(writing, time_ns, tree.nodes[0].total, tree.nodes[0].total ? kind : "empty");
    if (tree.nodes[0].total)
        write_node(writing->file, &tree, 0);
    flame_tree_release(&tree);
    return true;
}

/* The biggest heap of merged samples counts. */
static void write_samples(struct writing *writing, const struct timeline *timeline, size_t from,
                          size_t to)
{
    size_t step = timeline->sample_count / MOST_SAMPLES + 1;

    for (size_t i = from; i < to; i += step) {
        uint64_t heap_bytes = 0;
        size_t end = i + step < to ? i + step : to;

        for (size_t k = i; k < end; k++)
            if (heap_bytes < timeline->samples[k].heap_bytes)
                heap_bytes = timeline->samples[k].heap_bytes;
        write_snapshot(writing, timeline->samples[end - 1].time_ns, heap_bytes, "empty");
    }
}

/* The sample that contains the peak. */
static size_t peak_sample(const struct timeline *timeline)
{
    size_t found = 0;

    for (size_t i = 1; i < timeline->sample_count; i++)
        if (timeline->samples[i].heap_bytes > timeline->samples[found].heap_bytes)
            found = i;
    return found;
}

bool massif_write(const struct session *session, FILE *file, struct error *error)
{
    static const struct timeline none;
    struct writing writing = {.file = file, .session = session, .process = biggest(session)};
    const struct timeline *timeline;
    size_t peak;

    if (!writing.process)
        return error_set(error, "%s: nothing was recorded", session->path);
    timeline = writing.process->timeline ? writing.process->timeline : &none;
    peak = peak_sample(timeline);
    write_head(&writing);
    write_snapshot(&writing, 0, 0, "empty");
    write_samples(&writing, timeline, 0, peak);
    if (!write_tree(&writing, timeline->sample_count ? timeline->samples[peak].time_ns : 0,
                    COST_PEAK, "peak", error))
        return false;
    write_samples(&writing, timeline, peak + 1, timeline->sample_count);
    return write_tree(&writing, writing.process->duration_ns, COST_LIVE, "detailed", error);
}
