/* SPDX-License-Identifier: MIT */
#include "preload/scan/graph_thinning.h"

#include <stdbool.h>
#include <stddef.h>

#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/snapshot_options.h"

#define GRAPHS_LIMIT_BYTES ((uint64_t)4 << 30)

struct kept {
    uint64_t count, bytes;
    struct recording_snapshot **records; /* by number; NULL: no graph */
    uint64_t end;
};

/* Calls visit for every chunk of the recording. */
typedef void chunk_visitor(struct recording_chunk *chunk, struct kept *kept);
static void walk_chunks(chunk_visitor *visit, struct kept *kept)
{
    uint64_t end = recording_header->used_bytes;
    for (uint64_t offset = RECORDING_PAGE_BYTES, pages; offset < end;
         offset += pages * RECORDING_PAGE_BYTES) {
        struct recording_chunk *chunk = recording_address(offset, RECORDING_PAGE_BYTES);
        if (!chunk)
            return;
        bool is_finished = __atomic_load_n(&chunk->type, __ATOMIC_ACQUIRE) != RECORDING_CHUNK_NONE;
        pages = is_finished && chunk->pages ? chunk->pages : 1;
        if (is_finished)
            visit(chunk, kept);
    }
}

static void collect(struct recording_chunk *chunk, struct kept *kept)
{
    struct recording_snapshot *record = recording_chunk_payload(chunk);
    if (chunk->type != RECORDING_CHUNK_SNAPSHOT || chunk->key >= kept->end ||
        record->state != RECORDING_SNAPSHOT_COMPLETE)
        return;
    kept->records[chunk->key] = record;
    kept->count++;
    kept->bytes += record->graph_bytes;
}

/* The record first: a reader must not look for what is going. */
static void thin_records(struct kept *kept, uint64_t newest)
{
    bool goes = true;
    for (uint64_t number = 1; number < newest && number < kept->end; number++) {
        if (!kept->records[number])
            continue;
        if (goes)
            __atomic_store_n(&kept->records[number]->state, RECORDING_SNAPSHOT_THINNED,
                             __ATOMIC_RELEASE);
        goes = !goes;
    }
}

static void remove_streams(struct recording_chunk *chunk, struct kept *kept)
{
    bool is_stream = chunk->type == RECORDING_CHUNK_NODES || chunk->type == RECORDING_CHUNK_ROOTS ||
                     chunk->type == RECORDING_CHUNK_TYPES ||
                     chunk->type == RECORDING_CHUNK_PLACES || chunk->type == RECORDING_CHUNK_OWNERS;
    if (!is_stream || !chunk->used || chunk->key >= kept->end || !kept->records[chunk->key] ||
        kept->records[chunk->key]->state != RECORDING_SNAPSHOT_THINNED)
        return;
    size_t used_bytes = chunk->used;
    chunk->used = 0;
    uint64_t offset = recording_offset(chunk);
    char *whole = recording_address(offset, sizeof *chunk + used_bytes);
    if (whole)
        recording_forget(whole + sizeof *chunk, used_bytes);
}

void graph_thinning_run(uint64_t newest)
{
    struct kept kept = {.end = recording_header->snapshot_count + 1};
    if (kept.end <= snapshot_options.max_count && !recording_header->thinnings &&
        recording_header->used_bytes < GRAPHS_LIMIT_BYTES)
        return;
    kept.records = private_memory_map((kept.end + 1) * sizeof(*kept.records));
    if (!kept.records)
        return;
    walk_chunks(collect, &kept);
    if (kept.count <= snapshot_options.max_count && kept.bytes <= GRAPHS_LIMIT_BYTES)
        return;
    thin_records(&kept, newest);
    walk_chunks(remove_streams, &kept);
    recording_header->thinnings++;
}
