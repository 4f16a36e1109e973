/* SPDX-License-Identifier: MIT */
#include "preload/blocks/counters.h"

#include <stdatomic.h>

#include "preload/recording/event_clock.h"
#include "preload/blocks/live_blocks.h"
#include "preload/arch/machine.h"
#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"

_Static_assert(sizeof(struct recording_site_counters) == SLOT_RECORD_BYTES,
               "counters are records of a slot");

static __attribute__((noinline)) struct recording_site_counters *
make_counters(struct thread *thread, uint32_t site)
{
    return slot_records_make(&thread->counters, RECORDING_CHUNK_COUNTERS, thread->slot, site);
}

inline __attribute__((always_inline)) struct recording_site_counters *
counters_find(struct thread *thread, uint32_t site)
{
    struct recording_site_counters *counters = slot_records_find(&thread->counters, site);
    return __builtin_expect(counters != NULL, 1) ? counters : make_counters(thread, site);
}

/* Where counts go that found no room; never read. */
static __attribute__((noinline)) struct recording_site_counters *counters_nowhere(void)
{
    static struct recording_site_counters nowhere;
    if (recording_is_open())
        recording_dropped(RECORDING_DROP_COUNTERS);
    return &nowhere;
}

static inline void remember_peak(struct recording_site_counters *counters)
{
    uint32_t peak = (uint32_t)__atomic_load_n(&recording_header->peak_number, __ATOMIC_RELAXED);
    if (counters->peak_number == peak)
        return;
    counters->peak_number = peak;
    counters->bytes_at_peak = (int64_t)(counters->allocated_bytes - counters->freed_bytes);
}

/* Reached when? Kept, because the clock will be known better later. */
static uint64_t peak_ticks;

static inline void peak_reached(uint64_t live_bytes, uint64_t now_ticks)
{
    recording_header->peak_bytes = live_bytes;
    peak_ticks = now_ticks;
    recording_header->peak_ns = event_clock_monotonic_ns(now_ticks);
    __atomic_fetch_add(&recording_header->peak_number, 1, __ATOMIC_RELAXED);
}

/*
 * What a thread may keep to itself: all of them together stay below 1/128 of the peak. In heaps so
 * small that a block is more than that, a shared counter per event would cost more than it tells:
 * SMALL_SHARE_BYTES each. A thread alone needs no share for its peak, it flushes for those who
 * watch from outside.
 */
enum { SMALL_SHARE_BYTES = 512, SMALL_SHARE_ALONE_BYTES = 4096 };
static struct {
    int64_t bytes;
    uint32_t threads; /* for so many */
} share;

static void set_share(uint32_t threads)
{
    int64_t least = threads > 1 ? SMALL_SHARE_BYTES : SMALL_SHARE_ALONE_BYTES;
    int64_t bytes = (int64_t)(recording_header->peak_bytes >> 7) / threads;
    share.bytes = bytes > least ? bytes : least;
    share.threads = threads;
    if (threads > 1)
        recording_header->peak_slack_bytes = (uint64_t)share.bytes * threads;
}

static void flush(struct thread *thread, int64_t change, uint64_t now_ticks)
{
    thread->unflushed_bytes -= change;
    uint64_t live =
        __atomic_add_fetch(&recording_header->live_bytes, (uint64_t)change, __ATOMIC_RELAXED);
    if ((int64_t)live > (int64_t)recording_header->peak_bytes)
        peak_reached(live, now_ticks);
}

/* Half a share is kept back: a block that comes and goes again and again is flushed once. */
static __attribute__((noinline)) void flush_share(struct thread *thread, uint32_t threads,
                                                  uint64_t now_ticks)
{
    int64_t unflushed = thread->unflushed_bytes;
    int64_t kept = threads == 1 ? 0 : unflushed > 0 ? share.bytes / 2 : -share.bytes / 2;
    if (threads != share.threads || unflushed > share.bytes || unflushed < -share.bytes)
        flush(thread, unflushed - kept, now_ticks);
    set_share(threads);
}

void counters_settle(struct thread *thread)
{
    flush(thread, thread->unflushed_bytes, event_clock_read(&thread->clock));
    event_clock_calibrate();
    if (peak_ticks)
        recording_header->peak_ns = event_clock_monotonic_ns(peak_ticks);
}

/* How far the thread may go without a look: up to its share, and alone up to the peak. */
static void set_limits(struct thread *thread, uint32_t threads)
{
    int64_t most = share.bytes;
    if (threads == 1) {
        int64_t room = (int64_t)(recording_header->peak_bytes - recording_header->live_bytes);
        most = room < most ? room : most;
    }
    __atomic_store_n(&thread->least_unflushed, -share.bytes, __ATOMIC_RELAXED);
    __atomic_store_n(&thread->most_unflushed, most, __ATOMIC_RELAXED);
}

static void look_once(struct thread *thread, uint32_t threads, uint64_t now_ticks)
{
    int64_t unflushed = thread->unflushed_bytes;
    int64_t live = (int64_t)recording_header->live_bytes + unflushed;
    if (threads == 1 && live > (int64_t)recording_header->peak_bytes)
        peak_reached((uint64_t)live, now_ticks);
    bool is_within = (uint64_t)(unflushed + share.bytes) <= 2 * (uint64_t)share.bytes;
    if (!is_within || threads != share.threads)
        flush_share(thread, threads, now_ticks);
    set_limits(thread, threads);
}

/* A new thread voids everybody's limits, maybe just before they are set here: then once more. */
static __attribute__((noinline)) void look_at_live_bytes(struct thread *thread, uint64_t now_ticks)
{
    uint32_t threads;
    do {
        threads = threads_count();
        look_once(thread, threads, now_ticks);
        atomic_thread_fence(memory_order_seq_cst);
    } while (threads != threads_count());
}

static inline void more_live_bytes(struct thread *thread, uint64_t change, uint64_t now_ticks)
{
    int64_t unflushed = thread->unflushed_bytes += (int64_t)change;
    if (__builtin_expect(unflushed > thread->most_unflushed, 0))
        look_at_live_bytes(thread, now_ticks);
}

static inline void less_live_bytes(struct thread *thread, uint64_t change, uint64_t now_ticks)
{
    int64_t unflushed = thread->unflushed_bytes -= (int64_t)change;
    if (__builtin_expect(unflushed < thread->least_unflushed, 0))
        look_at_live_bytes(thread, now_ticks);
}

static struct recording_table carries = {RECORDING_CHUNK_CARRIES,
                                         sizeof(struct recording_carry),
                                         256,
                                         RECORDING_TABLE_CHUNKS,
                                         NULL,
                                         0,
                                         0};

static struct recording_carry *find_carry(uint32_t site, uint32_t order)
{
    uint64_t count = atomic_load(&carries.count);
    for (uint64_t id = 0; id < count; id++) {
        struct recording_carry *carry = recording_table_get(&carries, id);
        if (carry->site == site && carry->order == order)
            return carry;
    }
    return NULL;
}

/* A lifetime's count went once around its 32 bits, so this is rare enough for a search. Two threads
   at once may make two records; the reader adds them up. */
static __attribute__((noinline)) void carry_lifetime(uint32_t site, uint32_t order)
{
    struct recording_carry *carry = find_carry(site, order);
    if (!carry) {
        carry = recording_table_get(&carries, recording_table_add(&carries));
        if (!carry) {
            recording_dropped(RECORDING_DROP_COUNTERS);
            return;
        }
        carry->site = site;
        carry->order = order;
    }
    __atomic_fetch_add(&carry->times, 1, __ATOMIC_RELAXED);
}

static inline void add_lifetime(struct recording_site_counters *counters, uint32_t site,
                                uint64_t lived_ns)
{
    uint32_t order = 65 - RECORDING_LIFETIME_SHIFT - (uint32_t)__builtin_clzll(lived_ns | 1);
    if (__builtin_expect(order > RECORDING_LIFETIMES, 0))
        order = RECORDING_LIFETIMES;
    if (__builtin_expect(machine_add(&counters->lifetimes[order - 2], 1), 0))
        carry_lifetime(site, order);
}

inline __attribute__((always_inline)) void
counters_allocated(struct thread *thread, struct recording_site_counters *counters,
                   uint64_t size_bytes, uint64_t now_ticks)
{
    if (__builtin_expect(counters == NULL, 0))
        counters = counters_nowhere();
    remember_peak(counters);
    machine_add64(&counters->allocations, 1);
    machine_add64(&counters->allocated_bytes, size_bytes);
    more_live_bytes(thread, size_bytes, now_ticks);
}

inline __attribute__((always_inline)) void counters_freed(struct thread *thread, uint32_t site,
                                                          uint64_t size_bytes, uint64_t birth_ticks,
                                                          bool temporary, uint64_t now_ticks)
{
    struct recording_site_counters *counters = counters_find(thread, site);
    if (__builtin_expect(counters == NULL, 0))
        counters = counters_nowhere();
    remember_peak(counters);
    machine_add64(&counters->frees, 1);
    machine_add64(&counters->freed_bytes, size_bytes);
    if (temporary)
        machine_add64(&counters->temporary, 1);
    uint64_t lived_ns = now_ticks > birth_ticks ? event_clock_span_ns(now_ticks - birth_ticks) : 0;
    if (lived_ns >> RECORDING_LIFETIME_SHIFT)
        add_lifetime(counters, site, lived_ns);
    less_live_bytes(thread, size_bytes, now_ticks);
}

static struct recording_table inherited = {RECORDING_CHUNK_INHERITED,
                                           sizeof(struct recording_inherited),
                                           256,
                                           RECORDING_TABLE_CHUNKS,
                                           NULL,
                                           0,
                                           0};

static void inherit(uint32_t site, uint64_t blocks, uint64_t bytes, void *context)
{
    (void)context;
    recording_header->inherited_blocks += blocks;
    recording_header->inherited_bytes += bytes;
    while (atomic_load(&inherited.count) <= site)
        if (recording_table_add(&inherited) == UINT64_MAX)
            return;
    struct recording_inherited *record = recording_table_get(&inherited, site);
    record->blocks += blocks;
    record->bytes += bytes;
}

void counters_restart_after_fork(void)
{
    for (uint32_t i = 0; i < threads_count(); i++) {
        struct thread *thread = threads_at(i);
        if (thread)
            slot_records_forget(&thread->counters);
    }
    recording_table_restart(&carries, false);
    recording_table_restart(&inherited, false);
    live_blocks_sum(inherit, NULL);
    recording_header->live_bytes = recording_header->inherited_bytes;
    recording_header->peak_bytes = recording_header->inherited_bytes;
    recording_header->peak_ns = recording_header->started_ns;
    recording_header->peak_number = 1;
    peak_ticks = 0;
    threads_void_limits();
}
