/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/snapshots.h"

#include <inttypes.h>

#include "analyzer/recording/verdict.h"

const char *const snapshot_reason_names[] = {
    [SNAPSHOT_AT_EXIT] = "exit",           [SNAPSHOT_AT_EXEC] = "exec",
    [SNAPSHOT_AT_SIGNAL] = "signal",       [SNAPSHOT_AT_REQUEST] = "request",
    [SNAPSHOT_AT_THRESHOLD] = "threshold", [SNAPSHOT_AT_PERIOD] = "period",
    [SNAPSHOT_AT_CALL] = "call",           [SNAPSHOT_AT_PYTHON_END] = "python-end",
};

const char *const snapshot_state_names[] = {
    [SNAPSHOT_COMPLETE] = "complete",
    [SNAPSHOT_WRITING] = "unfinished",
    [SNAPSHOT_FAILED] = "failed",
    [SNAPSHOT_THINNED] = "thinned",
};

/* A state of 0 means that the record was not finished. */
static enum snapshot_state state_of(const struct recording_snapshot *record)
{
    switch ((enum recording_snapshot_state)record->state) {
    case RECORDING_SNAPSHOT_COMPLETE:
        return SNAPSHOT_COMPLETE;
    case RECORDING_SNAPSHOT_FAILED:
        return SNAPSHOT_FAILED;
    case RECORDING_SNAPSHOT_THINNED:
        return SNAPSHOT_THINNED;
    case RECORDING_SNAPSHOT_WRITING:
        break;
    }
    return SNAPSHOT_WRITING;
}

static enum snapshot_reason reason_of(const struct recording_snapshot *record)
{
    return record->reason ? (enum snapshot_reason)(record->reason - RECORDING_AT_EXIT)
                          : SNAPSHOT_AT_REQUEST;
}

/* "of 80 ms, and 50 ms are allowed" */
static const char *describe_pause(struct arena *arena, const struct recording_snapshot *record)
{
    return arena_printf(
        arena, "the program would have stood still for about %.1f ms, %.1f ms are allowed",
        (double)record->expected_pause_ns / 1e6, (double)record->pause_limit_ns / 1e6);
}

static const char *why_not(struct arena *arena, const struct recording_snapshot *record)
{
    switch (state_of(record)) {
    case SNAPSHOT_COMPLETE:
        return NULL;
    case SNAPSHOT_THINNED:
        return "its graph was removed to make room for later ones";
    case SNAPSHOT_WRITING:
        return "it was not finished";
    case SNAPSHOT_FAILED:
        break;
    }
    if (record->failure == RECORDING_SNAPSHOT_PAUSE)
        return describe_pause(arena, record);
    return verdict_describe_failure(arena, record->failure, record->failure_detail);
}

static struct snapshot describe(struct arena *arena, const struct recording *recording,
                                const struct recording_snapshot_entry *entry)
{
    const struct recording_snapshot *record = &entry->snapshot;
    uint64_t started_ns = recording->header.started_ns;
    return (struct snapshot){
        .number = entry->number,
        .label = recording_text(recording, arena, record->label),
        .reason = reason_of(record),
        .state = state_of(record),
        .why_not = why_not(arena, record),
        .time_ns = record->time_ns > started_ns ? record->time_ns - started_ns : 0,
        .pause_ns = record->pause_ns,
        .expected_pause_ns = record->expected_pause_ns,
        .scan_ns = record->scan_ns,
        .scan_cpu_ns = record->scan_cpu_ns,
        .size_bytes = record->graph_bytes,
        .nodes = record->node_count,
        .edges = record->edge_count,
        .bytes = record->block_bytes,
        .threads = record->threads,
        .threads_missing = record->threads_missing,
        .repeats = record->repeats,
        .is_quiet = (record->flags & RECORDING_SNAPSHOT_QUIET) != 0,
    };
}

const struct snapshot *snapshots_list(struct arena *arena, const struct recording *recording,
                                      size_t *count)
{
    struct snapshot *all = arena_array(arena, recording->snapshot_count, sizeof *all);
    for (size_t i = 0; i < recording->snapshot_count; i++)
        all[i] = describe(arena, recording, &recording->snapshots[i]);
    *count = recording->snapshot_count;
    return all;
}

/* The last complete one with that number; 0: with any. */
static const struct recording_snapshot_entry *find(const struct recording *recording,
                                                   uint64_t number)
{
    for (size_t i = recording->snapshot_count; i-- > 0;) {
        const struct recording_snapshot_entry *entry = &recording->snapshots[i];
        if (entry->snapshot.state == RECORDING_SNAPSHOT_COMPLETE &&
            (!number || entry->number == number))
            return entry;
    }
    return NULL;
}

const struct recording_snapshot_entry *snapshots_find(const struct recording *recording,
                                                      uint64_t number, struct error *error)
{
    const struct recording_snapshot_entry *found = find(recording, number);
    const struct recording_snapshot_entry *last = find(recording, 0);
    if (!found && !last)
        error_set(error, "%.200s: no complete snapshot", recording->path);
    else if (!found)
        error_set(error, "%.200s: no snapshot %" PRIu64 " with a graph; the last is %" PRIu64,
                  recording->path, number, last->number);
    return found;
}
