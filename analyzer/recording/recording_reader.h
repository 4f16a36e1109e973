/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_READER_H
#define LEAKGRAPH_RECORDING_READER_H

/*
 * The only parser of recordings (preload/recording.h). It trusts nothing in the file: after
 * recording_open(), every id, string and module index in the tables leads to something that exists,
 * and a stack's parent has a smaller id. Streams of snapshots are checked number by number as they
 * are read.
 *
 * The target may still be writing. So tables are read in the order in which references lead (a
 * referrer before what it refers to), and nothing in the file is looked at twice.
 *
 *     struct recording recording;
 *     if (recording_open(&recording, arena, path, &error)) ...
 *     recording_close(&recording);       (also after a failure; the rest is the arena's)
 *
 * Opening is in recording_open.c, finding records and strings in recording_records.c.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "preload/recording.h"

/* One chunk of an array: records with the ids first .. first + count - 1. */
struct recording_piece {
    uint64_t first, count;
    uint64_t offset; /* of the first record */
    uint32_t slot;
    void *records;
};

struct recording_records {
    struct recording_piece *pieces; /* sorted by first; counters and cells by slot and first */
    size_t piece_count, capacity;
    uint64_t end; /* one more than the highest id */
};

/* One chunk of a stream. */
struct recording_stream_piece {
    uint64_t snapshot;
    uint32_t sequence;
    uint64_t offset, size_bytes;
};

struct recording_stream_pieces {
    struct recording_stream_piece *pieces; /* sorted by snapshot and sequence */
    size_t piece_count, capacity;
};

struct recording_snapshot_entry {
    uint64_t number;
    struct recording_snapshot snapshot;
};

/* A frame of a call stack. Node 0 is the empty stack; a node's parent is its caller and has a
 * smaller id. Once the recording is open, the stacks of sites and errors are nodes. */
struct recording_stack_node {
    uint64_t pc;
    uint32_t parent;
    uint32_t module_and_flags; /* index of the module | enum recording_stack_flags */
};

struct recording {
    const char *path;
    int descriptor;
    struct arena *arena;
    uint64_t file_bytes;
    struct recording_header header; /* as it was when opened */
    struct recording_records records[RECORDING_CHUNK_TYPE_COUNT];
    struct recording_stream_pieces streams[RECORDING_CHUNK_TYPE_COUNT];
    struct recording_snapshot_entry *snapshots; /* by number */
    size_t snapshot_count, snapshot_capacity;
    const struct recording_stack_node *stack_nodes;
    uint64_t stack_node_count;
};

bool recording_open(struct recording *recording, struct arena *arena, const char *path,
                    struct error *error);
void recording_close(struct recording *recording);

/* The chunk that contains the record with this id; NULL when there is none. */
const struct recording_piece *recording_piece_of(const struct recording_records *records,
                                                 uint64_t id);
/* NULL when the id has no record. */
const struct recording_module *recording_module(const struct recording *recording, uint64_t index);
const struct recording_code *recording_code(const struct recording *recording, uint64_t id);
const struct recording_stack_node *recording_stack_node(const struct recording *recording,
                                                        uint64_t id);
const struct recording_python_heap *recording_python_heap(const struct recording *recording,
                                                          uint64_t snapshot);
const struct recording_site *recording_site(const struct recording *recording, uint64_t id);

/* The string at a reference, in UTF-8; belongs to the given arena. NULL for reference 0. */
const char *recording_text(const struct recording *recording, struct arena *arena,
                           uint64_t reference);
/* Its raw bytes, for strings of several parts. NULL for reference 0. */
const char *recording_bytes(const struct recording *recording, uint64_t reference, size_t *length);

#endif
