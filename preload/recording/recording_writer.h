/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_WRITER_H
#define LEAKGRAPH_RECORDING_WRITER_H

/*
 * The only code that writes a recording: it makes the file, hands out chunks of it and keeps its
 * strings; recording_table.h keeps records that have ids. No descriptor stays open, and the file
 * grows with nothing but mremap and madvise, so seccomp, chroot and dropped privileges do not stop
 * it.
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
 * In a forked child: detach the parent's recording, create one of its own, copy the tables that
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

/* The process is about to end: truncates the sparse file, with some room for what is still written.
 */
void recording_trim(uint64_t room_bytes);

/* The end of a child that did little: holes for the pages of a small recording that nothing was
   written into. Only while no other thread writes. */
void recording_give_back_zeros(void);

/* A chunk with room for payload_bytes, zeroed and safe to touch; NULL when the disk is full
 * (counted). */
struct recording_chunk *recording_chunk_new(enum recording_chunk_type type, uint64_t key,
                                            uint32_t slot, uint32_t sequence, size_t payload_bytes);
static inline void *recording_chunk_payload(struct recording_chunk *chunk)
{
    return chunk + 1;
}

/* The offset in the file of an address in a chunk. */
uint64_t recording_offset(const void *memory);
/* The address of a part of the file; maps it if needed, NULL when that fails. */
void *recording_address(uint64_t offset, uint64_t size_bytes);
/* Punches a hole for the whole pages inside, where the file system can: they read as zeros. */
void recording_forget(void *memory, size_t size_bytes);

/* Copies the bytes into the file and returns the offset; 0 when there is no room. */
uint64_t recording_string(const char *bytes, size_t length);

void recording_dropped(enum recording_drop cause);

#endif
