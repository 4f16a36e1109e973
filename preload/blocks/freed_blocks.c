/* SPDX-License-Identifier: MIT */
#include "preload/blocks/freed_blocks.h"

#include <stdatomic.h>

#include "preload/recording/recording_writer.h"

bool freed_blocks_wanted;

enum { PAYLOAD_BYTES = 4 * RECORDING_PAGE_BYTES - sizeof(struct recording_chunk) };
static struct recording_chunk *_Atomic current;
static uint64_t current_snapshot;

void freed_blocks_start(uint64_t snapshot)
{
    atomic_store(&current, NULL);
    current_snapshot = snapshot;
    __atomic_store_n(&freed_blocks_wanted, snapshot != 0, __ATOMIC_RELEASE);
}

__attribute__((noinline)) void freed_blocks_add(uintptr_t address)
{
    for (int tries = 0; tries < 2; tries++) {
        struct recording_chunk *chunk = atomic_load(&current);
        uint64_t at = chunk ? __atomic_fetch_add(&chunk->used, sizeof(uint64_t), __ATOMIC_RELAXED)
                            : PAYLOAD_BYTES;
        if (at + sizeof(uint64_t) <= PAYLOAD_BYTES) {
            *(uint64_t *)((char *)recording_chunk_payload(chunk) + at) = address;
            return;
        }
        if (chunk)
            __atomic_fetch_sub(&chunk->used, sizeof(uint64_t), __ATOMIC_RELAXED);
        atomic_store(&current, recording_chunk_new(RECORDING_CHUNK_FREED, current_snapshot, 0, 0,
                                                   PAYLOAD_BYTES));
    }
}
