/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_WRITER_H
#define LEAKGRAPH_RECORDING_WRITER_H

/*
 * The only code that writes a recording: it makes the file, hands out chunks of it and keeps the
 * tables whose records have ids. The file is mapped once, sparse; no descriptor stays open, and
 * growing it needs no system call but madvise (seccomp, chroot and dropped privileges do not stop
 * it).
 *
 * Called inside malloc and inside signal handlers: no malloc, no stdio, no lock. Threads may call
 * everything at once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

/* Never NULL: before a recording exists, and when none could be made, a private page. */
extern struct recording_header *recording_header;

/* Makes DIRECTORY/PID.N.lgr and maps it. False (errno) leaves recording_header a private page. */
bool recording_create(const char *directory);
bool recording_is_open(void);

/*
 * A forked child lets go of its parent's recording: detach, create an own one, copy the tables that
 * stay (recording_table_restart), and only then release the old mappings.
 */
enum { RECORDING_DETACHED_LIMIT = 1024 };
struct recording_detached {
    unsigned count;
    void *memory[RECORDING_DETACHED_LIMIT];
    size_t size_bytes[RECORDING_DETACHED_LIMIT];
};
void recording_detach(struct recording_detached *detached);
void recording_release(struct recording_detached *detached);

/* The process is about to end: cuts the sparse file to what is used and some room for the last
 * words. */
void recording_trim(uint64_t room_bytes);

/* A chunk with room for payload_bytes, zeroed and safe to touch; NULL when the disk is full
 * (counted). */
struct recording_chunk *recording_chunk_new(enum recording_chunk_type type, uint64_t key,
                                            uint32_t slot, uint32_t sequence, size_t payload_bytes);
static inline void *recording_chunk_payload(struct recording_chunk *chunk)
{
    return chunk + 1;
}

/* Where in the file a chunk's memory is. */
uint64_t recording_offset(const void *memory);
/* A part of the file by its offset, mapped when it is not yet; NULL when that fails. */
void *recording_address(uint64_t offset, uint64_t size_bytes);
/* Whole pages inside are given back to the file system where it can; they read as zeros then. */
void recording_forget(void *memory, size_t size_bytes);

/* Copies the bytes into the file; 0 when there is no room. Equal strings are not merged. */
uint64_t recording_string(const char *bytes, size_t length);

void recording_dropped(enum recording_drop cause);

/*
 * A table of records with ids 0, 1, 2, ... in chunks of one type. Its memory is the recording
 * itself; ids and addresses are stable. The first four members are the owner's, the rest starts as
 * zero.
 */
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

/* The next free id, its record zeroed; UINT64_MAX when there is no room. `used` of the chunk is
   kept current, header counts are the caller's. */
uint64_t recording_table_add(struct recording_table *table);
/* The first of so many ids in a row, in one chunk. */
uint64_t recording_table_take(struct recording_table *table, uint32_t wanted);
/* The record of an id below the count; NULL when its chunk could not be made. */
void *recording_table_get(const struct recording_table *table, uint64_t id);

/*
 * In a forked child whose own recording has just been created: a table that is kept is copied into
 * it with the same ids, another starts empty. Single-threaded.
 */
bool recording_table_restart(struct recording_table *table, bool keep);

#endif
