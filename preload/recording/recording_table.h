/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_TABLE_H
#define LEAKGRAPH_RECORDING_TABLE_H

/*
 * A table of records with ids 0, 1, 2, ... in chunks of one type. Its memory is the recording
 * itself; ids and addresses never change. The owner sets the first four members; the rest starts as
 * zero. Called inside malloc and inside signal handlers: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording.h"

struct recording_table {
    enum recording_chunk_type type;
    uint32_t record_bytes;
    uint32_t records_per_chunk;              /* a power of two */
    uint32_t chunk_limit;                    /* at most RECORDING_TABLE_CHUNKS */
    struct recording_chunk *_Atomic *chunks; /* directory, private memory, made at first use */
    _Atomic uint64_t count;
    uint32_t
        spare_per_chunk; /* the owner's too: ids at the end of each chunk that have no record */
};
enum { RECORDING_TABLE_CHUNKS = 16384 };

/* Takes the next id; its record is zeroed. UINT64_MAX when there is no room. Keeps `used` of the
   chunk; counts in the header are up to the caller. */
uint64_t recording_table_add(struct recording_table *table);
/* Takes so many consecutive ids in one chunk; returns the first. */
uint64_t recording_table_take(struct recording_table *table, uint32_t wanted);
/* The record of an id below the count; NULL when its chunk could not be made. */
void *recording_table_get(const struct recording_table *table, uint64_t id);

/*
 * In a forked child whose own recording has just been created: a table that is kept is copied into
 * it with the same ids, another starts empty. Single-threaded.
 */
bool recording_table_restart(struct recording_table *table, bool keep);

#endif
