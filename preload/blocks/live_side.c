/* SPDX-License-Identifier: MIT */
#include "preload/blocks/live_side.h"

#include <sched.h>
#include <stdatomic.h>

#include "preload/base/private_memory.h"

/* Growing drops the freed entries. */
enum { SIDE_START = 4096 };
static struct side_table {
    atomic_flag lock;
    size_t capacity, used;
    struct side_entry {
        struct live_block block;
        enum live_blocks_answer state;
    } * entries;
} side = {.lock = ATOMIC_FLAG_INIT};

static bool side_lock(void)
{
    for (int tries = 0; tries < 10000; tries++) {
        if (!atomic_flag_test_and_set_explicit(&side.lock, memory_order_acquire))
            return true;
        sched_yield();
    }
    return false;
}

static void side_unlock(void)
{
    atomic_flag_clear_explicit(&side.lock, memory_order_release);
}

static size_t side_hash(uintptr_t address)
{
    return (size_t)((address >> 3) * 0x9e3779b97f4a7c15ull >> 20);
}

/* The entry of the address, or an empty one; NULL while the table does not exist. */
static struct side_entry *side_entry(struct side_entry *entries, size_t capacity, uintptr_t address)
{
    if (!entries)
        return NULL;
    for (size_t i = side_hash(address);; i++) {
        struct side_entry *entry = &entries[i & (capacity - 1)];
        if (entry->state == LIVE_BLOCKS_UNKNOWN || entry->block.address == address)
            return entry;
    }
}

static bool side_grow(void)
{
    size_t capacity = side.capacity ? side.capacity * 2 : SIDE_START;
    struct side_entry *entries = private_memory_map(capacity * sizeof *entries);
    if (!entries)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < side.capacity; i++)
        if (side.entries[i].state == LIVE_BLOCKS_LIVE) {
            *side_entry(entries, capacity, side.entries[i].block.address) = side.entries[i];
            used++;
        }
    struct side_entry *old = side.entries;
    size_t old_capacity = side.capacity;
    /* A quiet snapshot's child may be born between any two of these: it must never meet pages that
     * are gone. */
    __atomic_store_n(&side.entries, entries, __ATOMIC_RELEASE);
    __atomic_store_n(&side.capacity, capacity, __ATOMIC_RELEASE);
    side.used = used;
    if (old)
        private_memory_unmap(old, old_capacity * sizeof *entries);
    return true;
}

__attribute__((noinline)) bool live_side_add(const struct live_block *block)
{
    if (!side_lock())
        return false;
    bool room = side.used * 4 < side.capacity * 3 || side_grow();
    if (room) {
        struct side_entry *entry = side_entry(side.entries, side.capacity, block->address);
        side.used += entry->state == LIVE_BLOCKS_UNKNOWN;
        entry->block = *block;
        entry->state = LIVE_BLOCKS_LIVE;
    }
    side_unlock();
    return room;
}

__attribute__((noinline)) enum live_blocks_answer
live_side_find(uintptr_t address, struct live_block *block, bool take)
{
    if (!side.entries || !side_lock())
        return LIVE_BLOCKS_UNKNOWN;
    struct side_entry *entry = side_entry(side.entries, side.capacity, address);
    enum live_blocks_answer answer = entry->state;
    if (answer == LIVE_BLOCKS_LIVE) {
        *block = entry->block;
        if (take)
            entry->state = LIVE_BLOCKS_FREED;
    }
    side_unlock();
    return answer;
}

size_t live_side_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < side.capacity; i++)
        count += side.entries[i].state == LIVE_BLOCKS_LIVE;
    return count;
}

bool live_side_walk(live_blocks_visitor *visit, void *context)
{
    for (size_t i = 0; i < side.capacity; i++)
        if (side.entries[i].state == LIVE_BLOCKS_LIVE && !visit(&side.entries[i].block, context))
            return false;
    return true;
}

void live_side_restart_after_fork(void)
{
    side_unlock();
}
