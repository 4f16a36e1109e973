/* SPDX-License-Identifier: MIT */
#include "analyzer/process.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "analyzer/leaks/builtin_blocks.h"
#include "analyzer/leaks/cycles.h"
#include "analyzer/graph/evidence.h"
#include "analyzer/graph/graph.h"
#include "analyzer/leaks/expired.h"
#include "analyzer/leaks/kept_blocks.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/leaks/leaks.h"
#include "analyzer/sites/lines.h"
#include "analyzer/sites/memory_errors.h"
#include "analyzer/advice/native_advice.h"
#include "analyzer/advice/python_advice.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/objects/objects.h"
#include "analyzer/objects/weak_references.h"
#include "analyzer/python/python.h"
#include "analyzer/python/python_teardown.h"
#include "analyzer/sites/pools.h"
#include "analyzer/sites/sites.h"
#include "analyzer/recording/snapshots.h"
#include "analyzer/sites/stacks.h"
#include "analyzer/leaks/suppressed_blocks.h"
#include "analyzer/sites/suppression_rules.h"
#include "analyzer/base/text.h"
#include "analyzer/sites/threads.h"
#include "analyzer/recording/timeline.h"
#include "analyzer/recording/verdict.h"

/* --- who it was --- */

static const char *const *split_command(struct arena *arena, const struct recording *recording)
{
    size_t length = 0, count = 0, capacity = 0;
    const char *bytes = recording_bytes(recording, recording->header.command, &length);
    const char **arguments = arena_grow(arena, NULL, 0, &capacity, sizeof(*arguments));
    for (size_t start = 0; start < length; count++) {
        size_t argument = strnlen(bytes + start, length - start);
        arguments = arena_grow(arena, arguments, count + 1, &capacity, sizeof(*arguments));
        arguments[count] = text_utf8(arena, bytes + start, argument);
        start += argument + 1;
    }
    arguments[count] = NULL;
    return arguments;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A killed process could not say when it ended: its file was last changed shortly before. */
static uint64_t last_change_ns(const struct recording *recording)
{
    struct stat status;
    uint64_t started = recording->header.started_realtime_ns;
    if (fstat(recording->descriptor, &status) != 0)
        return recording->header.started_ns;
    uint64_t changed =
        (uint64_t)status.st_mtim.tv_sec * 1000000000u + (uint64_t)status.st_mtim.tv_nsec;
    return recording->header.started_ns + (changed > started ? changed - started : 0);
}

static uint64_t duration_ns(const struct recording *recording, enum process_end ended)
{
    uint64_t end = recording->header.ended_ns;
    if (ended == ENDED_RUNNING)
        end = now_ns();
    else if (end == 0)
        end = last_change_ns(recording);
    return end > recording->header.started_ns ? end - recording->header.started_ns : 0;
}

static void describe(struct process *process, struct arena *arena,
                     const struct recording *recording)
{
    const struct recording_header *header = &recording->header;
    process->path = text_utf8(arena, recording->path, strlen(recording->path));
    process->pid = header->pid;
    process->ppid = header->ppid;
    process->executable = recording_text(recording, arena, header->executable);
    process->command = split_command(arena, recording);
    process->ros_namespace = recording_text(recording, arena, header->ros_namespace);
    process->started_realtime_ns = header->started_realtime_ns;
    process->ended = verdict_end(recording);
    process->duration_ns = duration_ns(recording, process->ended);
    process->status = header->ended == RECORDING_RUNNING ? 0 : header->status;
    process->foreign_allocator = recording_text(recording, arena, header->foreign_allocator);
    process->glib_slices_off = header->glib_slices_off;
}

static void list_drops(struct process *process, struct arena *arena,
                       const struct recording *recording)
{
    static const char *const causes[RECORDING_DROP_KINDS] = {
        [RECORDING_DROP_LIVE_TABLE] = "blocks not followed: no memory for the live table",
        [RECORDING_DROP_SITE] = "allocations without their stack: the stack table was full",
        [RECORDING_DROP_COUNTERS] = "events not counted: no room for the site's counters",
        [RECORDING_DROP_FRAMES] = "stacks cut short: too deep or not walkable",
        [RECORDING_DROP_ERRORS] = "memory errors not listed: the list was full",
        [RECORDING_DROP_FILE] = "parts of the recording missing: no room on the disk",
        [RECORDING_DROP_MODULES] = "modules not listed: the list was full",
        [RECORDING_DROP_THREADS] = "events of threads that could not be followed",
        [RECORDING_DROP_OPTIONS] = "options in the environment (LEAKGRAPH_...) that cannot be read",
    };
    struct drop *drops = arena_array(arena, RECORDING_DROP_KINDS, sizeof *drops);
    for (int kind = 0; kind < RECORDING_DROP_KINDS; kind++)
        if (recording->header.dropped[kind])
            drops[process->drop_count++] = (struct drop){
                .what = causes[kind] ? causes[kind] : "losses of an unknown kind",
                .count = recording->header.dropped[kind],
                .from_counts = kind != RECORDING_DROP_FRAMES && kind != RECORDING_DROP_SITE &&
                               kind != RECORDING_DROP_ERRORS && kind != RECORDING_DROP_MODULES,
            };
    process->drops = drops;
}

/* A timeline is an extra: a bad one must not cost the rest. */
static void add_timeline(struct process *process, struct arena *arena,
                         const struct recording *recording, const struct sites *sites)
{
    struct error error = {0};
    struct timeline *timeline = timeline_read(arena, timeline_path(arena, recording->path), &error);
    for (size_t i = 0; timeline && i < timeline->interval_count; i++) {
        struct timeline_interval *interval = &timeline->intervals[i];
        for (size_t k = 0; k < interval->gain_count; k++)
            interval->gains[k].site = sites_get(sites, interval->gains[k].site_id);
    }
    process->timeline = timeline;
    if (!timeline && error.message[0])
        process->timeline_why_not = arena_copy(arena, error.message, strlen(error.message));
}

/* --- leaks --- */

/* What is known of one process while it is judged. */
struct inquiry {
    struct arena *arena, *scratch;
    const struct session_options *options;
    struct evidence evidence;
    const struct recording_snapshot_entry *snapshot; /* NULL: leaks are not known */
    struct graph graph;                              /* with what is held by definition marked */
    struct leak_graph leaks;
    const struct raw_site *figures; /* by site */
    uint64_t site_end;
    bool is_in_between; /* a child between fork and exec */
    struct builtin_blocks *builtin;
    const bool *by_user; /* by node; NULL: none */
    struct weak_references weak;
};

/*
 * A child that forks only to exec loses what its parent's other threads held, and what the parent's
 * fork handlers drop. Those are nobody's leaks: its image is gone at once. What it allocated itself
 * counts.
 */
static bool is_left_behind(const struct inquiry *known, uint32_t id)
{
    return known->is_in_between && known->figures[id].allocations == 0;
}

static bool is_suppressed(uint32_t node, uint32_t site, void *context)
{
    struct inquiry *known = context;
    return (known->by_user && known->by_user[node]) ||
           (site < known->site_end && is_left_behind(known, site)) ||
           builtin_blocks_has(known->builtin, site, known->graph.sizes[node]);
}

static void build_leaks(struct inquiry *inquiry)
{
    builtin_blocks_begin(inquiry->builtin);
    leak_graph_build(&inquiry->leaks, inquiry->scratch, &inquiry->graph, is_suppressed, inquiry);
}

static bool find_leaks(struct inquiry *inquiry, struct error *error)
{
    struct arena *scratch = inquiry->scratch;
    struct snapshot_images *images = inquiry->evidence.images;
    const struct graph *image = snapshot_image_graph(images, inquiry->snapshot, error);
    if (!image)
        return false;
    inquiry->graph = *image;
    inquiry->builtin = builtin_blocks_new(scratch, inquiry->evidence.stacks, inquiry->site_end);
    if (!python_mark_objects(&inquiry->graph, scratch, images, error) ||
        !python_teardown_mark(&inquiry->graph, scratch, images, error))
        return false;
    inquiry->weak =
        (struct weak_references){.graph = &inquiry->graph, .stacks = inquiry->evidence.stacks};
    if (!weak_references_cut(&inquiry->weak, inquiry->arena, scratch, error))
        return false;
    build_leaks(inquiry);
    return true;
}

static bool judge(struct process *process, struct inquiry *inquiry, struct error *error)
{
    struct leak_graph *leaks = &inquiry->leaks;
    const struct sites *sites = inquiry->evidence.sites;
    struct arena *arena = inquiry->arena, *scratch = inquiry->scratch;
    struct cycles cycles;
    struct node_names *names = inquiry->weak.names;
    inquiry->by_user =
        suppressed_blocks_mark(scratch, leaks, sites, inquiry->options->suppressions);
    if (inquiry->by_user)
        build_leaks(inquiry);
    process->leaks.builtin =
        builtin_blocks_list(inquiry->builtin, arena, &process->leaks.builtin_count);
    const struct node_names_input named = {
        .graph = &inquiry->graph,
        .part = leaks->leaked,
        .stacks = inquiry->evidence.stacks,
    };
    if (leaks->components.count && !names &&
        !(names = node_names_find(arena, scratch, &named, error)))
        return false;
    leaks_sum(&process->leaks, arena, leaks, sites, names);
    process->leaks.maybe_only_weak = inquiry->weak.doubtful;
    if (!cycles_find(&cycles, arena, leaks, sites, &(struct cycles_names){names, &inquiry->weak},
                     error))
        return false;
    if (!expired_list(process, arena, sites, &inquiry->weak, error))
        return false;
    process->cycles = cycles.all;
    process->cycle_count = cycles.count;
    process->cycles_total = cycles.total;
    return true;
}

/* The sites that findings refer to. */
static const bool *sites_of_findings(const struct inquiry *inquiry)
{
    const struct recording_records *errors =
        &inquiry->evidence.recording->records[RECORDING_CHUNK_ERRORS];
    const struct graph *graph = &inquiry->graph;
    bool *found = arena_array(inquiry->scratch, inquiry->site_end, sizeof *found);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (inquiry->leaks.leaked[node] && graph->sites[node] < inquiry->site_end)
            found[graph->sites[node]] = true;
    for (size_t i = 0; i < errors->piece_count; i++) {
        const struct recording_error *entries = errors->pieces[i].records;
        for (uint64_t k = 0; k < errors->pieces[i].count; k++)
            if (entries[k].allocated_site < inquiry->site_end)
                found[entries[k].allocated_site] = true;
    }
    return found;
}

/* The snapshot asked for by number, or the last one if it is the last word. */
static const struct recording_snapshot_entry *choose_snapshot(struct process *process,
                                                              struct arena *arena,
                                                              const struct recording *recording,
                                                              uint64_t number)
{
    struct error error = {0};
    if (number == 0 || recording->header.unseen)
        return verdict_snapshot(arena, recording, process->ended, &process->leaks.why_not);
    const struct recording_snapshot_entry *found = snapshots_find(recording, number, &error);
    if (!found)
        process->leaks.why_not = arena_copy(arena, error.message, strlen(error.message));
    return found;
}

static bool find_objects(struct process *process, const struct inquiry *inquiry,
                         struct error *error)
{
    const struct object_query *query = inquiry->options->objects;
    if (!query || (query->pid && query->pid != (uint64_t)process->pid) ||
        (query->is_wanted && !query->is_wanted(process)))
        return true;
    process->objects =
        objects_find(inquiry->arena, &inquiry->evidence, inquiry->options->snapshot, query, error);
    return process->objects != NULL;
}

static bool judge_all(struct process *process, struct inquiry *inquiry, struct error *error)
{
    struct python *python = python_describe(inquiry->arena, &inquiry->evidence);
    process->python = python;
    return (!inquiry->snapshot || judge(process, inquiry, error)) &&
           (!python || python_judge(python, inquiry->arena, &inquiry->evidence,
                                    inquiry->options->snapshot, error));
}

/* --- advice --- */

static void add_advice(struct process *process, struct arena *arena, const struct advice *more,
                       size_t count)
{
    struct advice *all = arena_array(arena, process->advice_count + count, sizeof *all);
    for (size_t i = 0; i < process->advice_count; i++)
        all[i] = process->advice[i];
    for (size_t i = 0; i < count; i++)
        all[process->advice_count++] = more[i];
    process->advice = all;
}

static bool advise_python(struct process *process, const struct inquiry *inquiry,
                          struct error *error)
{
    const struct evidence *evidence = &inquiry->evidence;
    if (!process->python || !process->python->checked)
        return true;
    const struct recording_snapshot_entry *snapshot =
        python_snapshot(evidence->recording, inquiry->options->snapshot);
    const struct python_advice_input input = {
        .python = process->python,
        .script = process->command && process->command[0] ? process->command[1] : NULL,
        .both = snapshot_image_python(evidence->images, snapshot, error),
        .sites = evidence->sites,
    };
    if (!input.both)
        return false;
    size_t count = 0;
    const struct advice *advice = python_advice_find(inquiry->arena, &input, &count);
    add_advice(process, inquiry->arena, advice, count);
    return true;
}

static void find_pools(struct process *process, const struct inquiry *inquiry)
{
    const struct pools_input input = {
        .stacks = inquiry->evidence.stacks,
        .recording = inquiry->evidence.recording,
        .sites = inquiry->evidence.sites,
        .figures = inquiry->figures,
        .site_end = inquiry->site_end,
    };
    process->pools = pools_list(inquiry->arena, &input, &process->pool_count);
}

static void advise_native(struct process *process, const struct inquiry *inquiry)
{
    const struct native_advice_input input = {
        .lines = {.recording = inquiry->evidence.recording,
                  .stacks = inquiry->evidence.stacks,
                  .sites = inquiry->evidence.sites,
                  .figures = inquiry->figures,
                  .site_end = inquiry->site_end},
        .totals = &process->totals,
        .duration_ns = process->duration_ns,
        .is_glibc = !process->foreign_allocator,
    };
    size_t count = 0;
    const struct advice *advice = native_advice_find(inquiry->arena, &input, &count);
    add_advice(process, inquiry->arena, advice, count);
}

/* --- all together --- */

/* Fills what follows from the sites. */
static void fill(struct process *process, const struct inquiry *inquiry)
{
    const struct recording *recording = inquiry->evidence.recording;
    const struct sites *sites = inquiry->evidence.sites;
    const struct session_options *options = inquiry->options;
    struct arena *arena = inquiry->arena;
    process->sites = sites->all;
    process->site_count = sites->count;
    add_timeline(process, arena, recording, sites);
    if (process->ended == ENDED_KILLED && process->duration_ns < process->totals.peak_after_ns)
        process->duration_ns = process->totals.peak_after_ns; /* it lived at least this long */
    process->threads =
        threads_list(arena, recording, options->summary ? NULL : sites, &process->thread_count);
    process->lines = lines_sum(arena, sites->all, sites->count, &process->line_count);
    process->errors = memory_errors_list(arena, recording, inquiry->evidence.stacks, sites,
                                         options->suppressions, &process->error_count);
}

static bool analyse(struct process *process, struct inquiry *inquiry, struct error *error)
{
    const struct recording *recording = inquiry->evidence.recording;
    struct arena *arena = inquiry->arena;
    struct sites *sites = arena_alloc(arena, sizeof *sites);
    inquiry->figures = sites_raw(inquiry->scratch, recording, &inquiry->site_end);
    process->leaks.checked = inquiry->snapshot != NULL;
    if (inquiry->snapshot && !find_leaks(inquiry, error))
        return false;
    sites_load(sites, arena, inquiry->evidence.stacks, inquiry->figures, inquiry->site_end,
               inquiry->options->summary ? sites_of_findings(inquiry) : NULL);
    sites_sum(sites, arena, recording, &process->totals);
    process->totals.inherited_left_out =
        inquiry->snapshot && inquiry->snapshot->snapshot.flags & RECORDING_SNAPSHOT_OWN;
    inquiry->evidence.sites = sites;
    if (!judge_all(process, inquiry, error) ||
        (inquiry->options->with_kept && !kept_blocks_sum(sites, inquiry->evidence.images, error)))
        return false;
    fill(process, inquiry);
    if (!advise_python(process, inquiry, error))
        return false;
    if (!inquiry->options->without_symbols) {
        find_pools(process, inquiry);
        advise_native(process, inquiry);
    }
    return true;
}

bool process_analyse(struct process *process, struct arena *arena,
                     const struct recording *recording, const struct session_options *options,
                     struct symbols *symbols, struct error *error)
{
    struct arena *images = arena_child(arena);
    *process = (struct process){0};
    describe(process, arena, recording);
    list_drops(process, arena, recording);
    process->snapshots = snapshots_list(arena, recording, &process->snapshot_count);
    struct inquiry inquiry = {
        .arena = arena,
        .scratch = arena_child(arena),
        .options = options,
        .evidence = {.recording = recording,
                     .images = snapshot_images_new(images, arena, recording),
                     .stacks = stacks_new(arena, recording, symbols)},
        .snapshot = choose_snapshot(process, arena, recording, options->snapshot),
        .is_in_between = process->ended == ENDED_EXEC && recording->header.inherited_blocks > 0,
    };
    bool done = analyse(process, &inquiry, error);
    arena_free(inquiry.scratch); /* before the objects take as much again */
    done = done && find_objects(process, &inquiry, error);
    arena_free(images);
    return done;
}
