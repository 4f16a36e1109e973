/* SPDX-License-Identifier: MIT */
#include "preload/heap_scan.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/clock.h"
#include "preload/fatal_signals.h"
#include "preload/recording_writer.h"
#include "preload/scan_guard.h"
#include "preload/scan_index.h"
#include "preload/scan_maps.h"
#include "preload/scan_roots.h"
#include "preload/scan_stream.h"
#include "preload/scan_types.h"

/* A child that hangs is ended by the kernel. */
enum { TIME_LIMIT_SECONDS = 600 };

static _Noreturn void finish(enum recording_unchecked result)
{
    recording_header->unchecked = result;
    syscall(SYS_exit_group, result != RECORDING_CHECKED);
    __builtin_unreachable();
}

/* Pipes and sockets of the target must not stay open because of us; neither may we be real-time. */
static void become_harmless(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0u, ~0u, 0u) != 0)
#endif
        for (int fd = 0; fd < 65536; fd++)
            close(fd);
    int policy = sched_getscheduler(0);
    if (policy == SCHED_FIFO || policy == SCHED_RR)
        sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
    struct sigaction default_action = {.sa_handler = SIG_DFL};
    sigset_t alarm_only;
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    fatal_signals_real_action(SIGALRM, &default_action, NULL);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(TIME_LIMIT_SECONDS);
}

struct node_scan {
    struct scan_stream *stream;
    uint64_t edges;
    size_t node, previous_target;
    uintptr_t start, previous_word; /* words counted from 1 */
};

static void visit_word(uintptr_t word, uintptr_t where, void *context)
{
    struct node_scan *scan = context;
    size_t target = scan_index_find(word);
    if (__builtin_expect(target == SIZE_MAX, 1))
        return;
    uintptr_t index = (where - scan->start) / 8 + 1, offset = word - scan_nodes[target].address;
    scan_stream_number(scan->stream, (index - scan->previous_word) << 1 | (offset != 0));
    scan_stream_number(scan->stream,
                       scan_stream_zigzag((int64_t)target - (int64_t)scan->previous_target));
    if (offset)
        scan_stream_number(scan->stream, offset);
    scan->previous_word = index;
    scan->previous_target = target;
    scan->edges++;
}

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

static void write_nodes(struct snapshot *snapshot, struct scan_stream *stream)
{
    uintptr_t previous = 0;
    struct node_scan scan = {.stream = stream};
    for (size_t i = 0; i < scan_node_count; i++) {
        const struct scan_node *node = &scan_nodes[i];
        scan_stream_number(stream, (node->address - previous) / 8);
        scan_stream_number(stream, node->size_bytes);
        scan_stream_number(stream,
                           (uint64_t)node->site << 3 | (uint64_t)node->kind << 1 | node->is_root);
        scan_stream_number(stream, type_of(node));
        previous = node->address;
        scan.node = scan.previous_target = i;
        scan.start = node->address;
        scan.previous_word = 0;
        scan_guard_words(node->address, node->address + node->size_bytes, visit_word, &scan);
        scan_stream_number(stream, 0);
        snapshot->record->block_bytes += node->size_bytes;
    }
    snapshot->record->edge_count = scan.edges;
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
    become_harmless();
    scan_guard_start();
    if (!scan_maps_read() || !scan_index_build())
        finish(RECORDING_SNAPSHOT_MEMORY);
    snapshot->record->node_count = scan_node_count;
    scan_roots(snapshot, &roots);
    write_nodes(snapshot, &nodes);
    write_types(snapshot, &types);
    if (!scan_stream_finish(&roots) || !scan_stream_finish(&nodes) || !scan_stream_finish(&types))
        finish(RECORDING_SNAPSHOT_FULL);
    snapshot->record->unreadable_bytes = scan_guard_unreadable_bytes;
    snapshot->record->scan_ns = clock_ns() - start_ns;
    __atomic_store_n(&snapshot->record->state, RECORDING_SNAPSHOT_COMPLETE, __ATOMIC_RELEASE);
    finish(RECORDING_CHECKED);
}
