/* SPDX-License-Identifier: MIT */
#include "preload/scan/heap_scan.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/recording/event_clock.h"
#include "preload/base/real_sigaction.h"
#include "preload/scan/graph_thinning.h"
#include "preload/blocks/live_blocks.h"
#include "preload/blocks/stale_words.h"
#include "preload/base/private_memory.h"
#include "preload/scan/python_scan.h"
#include "preload/scan/python_scrub.h"
#include "preload/recording/recording_writer.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_index.h"
#include "preload/scan/scan_maps.h"
#include "preload/scan/scan_owners.h"
#include "preload/scan/scan_roots.h"
#include "preload/scan/scan_stream.h"
#include "preload/scan/scan_threads.h"
#include "preload/scan/scan_types.h"
#include "preload/scan/touched_pages.h"
#include "preload/scan/unforked_pages.h"

/* A child that hangs is ended by the kernel. */
enum { TIME_LIMIT_SECONDS = 600 };

static struct recording_snapshot *record;

static _Noreturn void finish(enum recording_unchecked result)
{
    if (result != RECORDING_CHECKED) {
        record->failure = result;
        __atomic_store_n(&record->state, RECORDING_SNAPSHOT_FAILED, __ATOMIC_RELEASE);
    }
    syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

/* Pipes and sockets of the target must not stay open because of us. */
static void close_files(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0u, ~0u, 0u) == 0)
        return;
#endif
    for (int fd = 0; fd < 65536; fd++)
        close(fd);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return; /* it was a favour */
    close(fd);
}

/* What the program set itself is no limit for us, as far as we may. */
static void raise_limits(void)
{
    static const int limits[] = {RLIMIT_AS, RLIMIT_DATA, RLIMIT_NOFILE, RLIMIT_CPU};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct rlimit limit;
        if (limits[i] != RLIMIT_NOFILE &&
            setrlimit(limits[i], &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0)
            continue;
        if (getrlimit(limits[i], &limit) != 0)
            continue;
        limit.rlim_cur = limit.rlim_max;
        setrlimit(limits[i], &limit);
    }
}

/* Never real-time, and the first to go when memory is short. Where nobody waits for it, what the
   program leaves of the processor will do. */
static void step_back(bool is_awaited)
{
    int policy = sched_getscheduler(0);
    if (policy == SCHED_FIFO || policy == SCHED_RR)
        sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
    if (!is_awaited)
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 5);
    write_file("/proc/self/oom_score_adj", "1000");
}

static void become_harmless(const struct snapshot *snapshot)
{
    close_files();
    raise_limits();
    step_back(snapshot->reason != RECORDING_AT_PERIOD &&
              snapshot->reason != RECORDING_AT_THRESHOLD);
    struct sigaction default_action = {.sa_handler = SIG_DFL};
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    real_sigaction(SIGALRM, &default_action, NULL);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(TIME_LIMIT_SECONDS);
}

/* A word that may be a pointer, waiting to be looked up together with others. */
struct candidate {
    struct scan_query query;
    size_t node;
    uintptr_t place; /* of the word in the block, counted from 1 */
    uintptr_t word;
};
enum { CANDIDATES = 512 };

struct node_scan {
    struct scan_stream *stream, *owners;
    struct snapshot *snapshot;
    size_t node;    /* the one whose words are collected */
    size_t written; /* the one whose record is open in the stream, plus 1 */
    uintptr_t previous_address;
    uint64_t previous_birth_ns;
    size_t previous_target;
    uintptr_t previous_place;
    size_t candidate_count;
    struct candidate candidates[CANDIDATES];
};

struct first_word {
    uintptr_t word;
};

static void take_first(uintptr_t word, uintptr_t where, void *context)
{
    (void)where;
    ((struct first_word *)context)->word = word;
}

static uint32_t type_of(const struct scan_node *node)
{
    struct first_word first = {0};
    if (node->size_bytes >= 8)
        scan_guard_words(node->address, node->address + 8, take_first, &first);
    return scan_types_of(first.word);
}

/* Births are read where they are, not copied for every node. */
static void write_birth(struct node_scan *scan, const struct scan_node *node)
{
    struct live_block block;
    if (live_blocks_find((const void *)node->address, &block) != LIVE_BLOCKS_LIVE) {
        scan_stream_number(scan->stream, 0);
        return;
    }
    uint64_t birth_ns = event_clock_span_ns(block.birth_ticks);
    int64_t step_ns = (int64_t)(birth_ns - scan->previous_birth_ns);
    scan_stream_number(scan->stream, 1 + scan_stream_zigzag(step_ns));
    scan->previous_birth_ns = birth_ns;
}

static void open_record(struct node_scan *scan, size_t index)
{
    const struct scan_node *node = &scan_nodes[index];
    uint32_t type = type_of(node);
    scan_stream_number(scan->stream, (node->address - scan->previous_address) / 8);
    scan_stream_number(scan->stream, node->size_bytes);
    scan_stream_number(scan->stream,
                       (uint64_t)node->site << 3 | (uint64_t)node->kind << 1 | node->is_root);
    scan_stream_number(scan->stream, type);
    write_birth(scan, node);
    scan_owners_add(scan->owners, index, node, type);
    scan->previous_address = node->address;
    scan->previous_target = index;
    scan->previous_place = 0;
    scan->snapshot->record->block_bytes += node->size_bytes;
}

/* Closes the open record and writes those without edges, until that of node `index` is open. */
static void advance(struct node_scan *scan, size_t index)
{
    while (scan->written <= index) {
        if (scan->written > 0)
            scan_stream_number(scan->stream, 0);
        if (scan->written < scan_node_count)
            open_record(scan, scan->written);
        scan->written++;
    }
}

static void write_edge(struct node_scan *scan, const struct candidate *candidate,
                       const struct scan_target *target)
{
    advance(scan, candidate->node);
    uintptr_t gap = candidate->place - scan->previous_place;
    scan_stream_number(scan->stream,
                       gap << 2 | (uintptr_t)target->tagged << 1 | (target->offset != 0));
    scan_stream_number(scan->stream,
                       scan_stream_zigzag((int64_t)target->node - (int64_t)scan->previous_target));
    if (target->offset)
        scan_stream_number(scan->stream, target->offset);
    scan->previous_place = candidate->place;
    scan->previous_target = target->node;
    scan->snapshot->record->edge_count++;
}

static void look_up_candidates(struct node_scan *scan)
{
    scan_index_find_many(&scan->candidates[0].query, scan->candidate_count,
                         sizeof scan->candidates[0]);
    for (size_t i = 0; i < scan->candidate_count; i++) {
        const struct candidate *candidate = &scan->candidates[i];
        struct scan_target target = scan_index_target(candidate->word, candidate->query.node);
        if (target.node != SIZE_MAX)
            write_edge(scan, candidate, &target);
    }
    scan->candidate_count = 0;
}

static void visit_word(uintptr_t word, uintptr_t where, void *context)
{
    struct node_scan *scan = context;
    uintptr_t address = scan_index_address(word);
    if (__builtin_expect(address - scan_lowest > scan_highest - scan_lowest, 1))
        return;
    struct candidate *candidate = &scan->candidates[scan->candidate_count++];
    candidate->query.address = address;
    candidate->word = word;
    candidate->node = scan->node;
    candidate->place = (where - scan_nodes[scan->node].address) / 8 + 1;
    if (scan->candidate_count == CANDIDATES)
        look_up_candidates(scan);
}

/* Blocks of gigabytes whose pages were never used are common. */
static void scan_node_words(struct node_scan *scan, uintptr_t start, uintptr_t end)
{
    enum { LARGE_BYTES = 256 * 1024 };
    struct touched_pages pages;
    if (end - start < LARGE_BYTES) {
        scan_guard_words(start, end, visit_word, scan);
        return;
    }
    touched_pages_start(&pages, start, end, TOUCHED_PRIVATE);
    while (touched_pages_next(&pages, &start, &end))
        scan_guard_words(start, end, visit_word, scan);
}

static void write_nodes(struct snapshot *snapshot, struct scan_stream *stream,
                        struct scan_stream *owners)
{
    struct node_scan *scan = private_memory_map(sizeof *scan);
    if (!scan)
        finish(RECORDING_SNAPSHOT_MEMORY);
    scan->stream = stream;
    scan->owners = owners;
    scan->snapshot = snapshot;
    for (scan->node = 0; scan->node < scan_node_count; scan->node++) {
        const struct scan_node *node = &scan_nodes[scan->node];
        scan_node_words(scan, node->address, scan_index_end_of_words(node));
    }
    look_up_candidates(scan);
    advance(scan, scan_node_count);
    scan_owners_end(owners);
    snapshot->record->scanned_bytes = snapshot->record->block_bytes;
}

static void write_types(struct snapshot *snapshot, struct scan_stream *stream)
{
    for (uint32_t type = 1; type <= scan_types_count(); type++) {
        const char *name = scan_types_name(type);
        name += *name == '*'; /* "compare by address only" is no part of the name */
        scan_stream_number(stream, strlen(name));
        scan_stream_bytes(stream, name, strlen(name));
    }
    snapshot->record->type_count = scan_types_count();
}

void heap_scan(struct snapshot *snapshot)
{
    uint64_t start_ns = clock_ns();
    struct scan_stream roots = {.type = RECORDING_CHUNK_ROOTS, .snapshot = snapshot->number};
    struct scan_stream nodes = {.type = RECORDING_CHUNK_NODES, .snapshot = snapshot->number};
    struct scan_stream types = {.type = RECORDING_CHUNK_TYPES, .snapshot = snapshot->number};
    struct scan_stream places = {.type = RECORDING_CHUNK_PLACES, .snapshot = snapshot->number};
    struct scan_stream owners = {.type = RECORDING_CHUNK_OWNERS, .snapshot = snapshot->number};
    record = snapshot->record;
    unforked_pages_restore();
    become_harmless(snapshot);
    event_clock_calibrate();
    scan_guard_start();
    python_scrub(snapshot);
    if (!scan_maps_read())
        finish(RECORDING_SNAPSHOT_MAPS);
    if (!scan_index_build(snapshot->record->flags & RECORDING_SNAPSHOT_OWN))
        finish(RECORDING_SNAPSHOT_MEMORY);
    snapshot->record->node_count = scan_node_count;
    snapshot->record->birth_origin_ns = event_clock_monotonic_ns(0);
    if (!scan_roots(snapshot, &roots))
        finish(RECORDING_SNAPSHOT_MEMORY);
    scan_threads(snapshot, &places);
    write_nodes(snapshot, &nodes, &owners);
    write_types(snapshot, &types);
    if (python_scan(snapshot) == PYTHON_SCAN_FULL)
        finish(RECORDING_SNAPSHOT_FULL);
    if (!scan_stream_finish(&roots) || !scan_stream_finish(&nodes) || !scan_stream_finish(&types) ||
        !scan_stream_finish(&places) || !scan_stream_finish(&owners))
        finish(RECORDING_SNAPSHOT_FULL);
    snapshot->record->unreadable_bytes = scan_guard_unreadable_bytes;
    record->graph_bytes = roots.file_bytes + nodes.file_bytes + types.file_bytes +
                          places.file_bytes + owners.file_bytes;
    record->scan_ns = clock_ns() - start_ns;
    record->scan_cpu_ns = clock_read_ns(CLOCK_PROCESS_CPUTIME_ID);
    __atomic_store_n(&record->state, RECORDING_SNAPSHOT_COMPLETE, __ATOMIC_RELEASE);
    graph_thinning_run(snapshot->number);
    finish(RECORDING_CHECKED);
}
