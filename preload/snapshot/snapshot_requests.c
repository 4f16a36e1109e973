/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/snapshot_requests.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "preload/base/clock.h"
#include "preload/snapshot/pause_estimate.h"
#include "preload/recording/process_mark.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/snapshot_options.h"
#include "preload/recording/threads.h"
#include "preload/snapshot/thread_stop.h"

/* Resident memory is not asked for more often. */
enum { RSS_PERIOD_NS = 50 * 1000 * 1000 };

/* When the next ones are due. Several threads may look at once: who moves a mark on has taken it.
 * Libraries allocate before the options are read: none is due until then. */
static _Atomic uint64_t next_ns = UINT64_MAX, next_live_bytes = UINT64_MAX,
                        next_resident_bytes = UINT64_MAX, next_look_ns;
static uint64_t period_ns;

void snapshot_requests_start(void)
{
    period_ns = snapshot_options.every_ns;
    atomic_store(&next_ns, period_ns ? clock_ns() + period_ns : UINT64_MAX);
    atomic_store(&next_live_bytes,
                 snapshot_options.at_live_bytes ? snapshot_options.at_live_bytes : UINT64_MAX);
    atomic_store(&next_resident_bytes, snapshot_options.at_resident_bytes
                                           ? snapshot_options.at_resident_bytes
                                           : UINT64_MAX);
}

/* --- another process --- */

static bool is_asked(void)
{
    const struct recording_request *request = &recording_header->request;
    return __atomic_load_n(&request->asked, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&request->answered, __ATOMIC_RELAXED);
}

/* When a snapshot is under way in another thread, that one will look here at its end. */
static void serve(const ucontext_t *interrupted)
{
    struct recording_request *request = &recording_header->request;
    while (is_asked() && snapshot_begin(false)) {
        uint32_t asked = __atomic_load_n(&request->asked, __ATOMIC_ACQUIRE);
        char label[RECORDING_LABEL_BYTES];
        memcpy(label, request->label, sizeof label);
        label[sizeof label - 1] = 0;
        struct snapshot_result result =
            snapshot_take(&(struct snapshot_wish){RECORDING_AT_REQUEST, label, interrupted});
        request->record = result.record_offset;
        request->failure = result.failure;
        __atomic_store_n(&request->answered, asked, __ATOMIC_RELEASE);
        snapshot_end();
    }
}

void snapshot_requests_serve(const ucontext_t *interrupted)
{
    struct thread *thread = threads_current;
    if (!process_is_itself() || !is_asked())
        return;
    if (thread->moving)
        thread->stop_pending = THREAD_REQUEST_PENDING;
    else
        serve(interrupted);
}

static void resume(void)
{
    if (is_asked())
        serve(NULL);
}

void snapshot_requests_answer_pending(struct thread *thread)
{
    int value = thread->stop_pending, saved_errno = errno;
    thread->stop_pending = 0;
    if (value == THREAD_REQUEST_PENDING)
        resume();
    else
        thread_stop_ask_again(thread->tid, value);
    errno = saved_errno;
}

/* --- the program itself, and the hooks --- */

struct snapshot_result snapshot_requests_take(const struct snapshot_wish *wish)
{
    struct snapshot_result result = {.failure = RECORDING_SNAPSHOT_ENDING};
    if (!snapshot_begin(true))
        return result;
    result = snapshot_take(wish);
    snapshot_end();
    resume();
    return result;
}

/* --- the clock and the memory --- */

static bool take_automatic(enum recording_snapshot_reason reason)
{
    if (!snapshot_begin(false))
        return false;
    struct snapshot_result result = snapshot_take(&(struct snapshot_wish){reason, NULL, NULL});
    snapshot_end();
    return result.failure != RECORDING_SNAPSHOT_BUSY;
}

/* When the graphs that are kept are thinned to half of them, half as many will do from then on. */
static void take_periodic(uint64_t now_ns)
{
    uint64_t due_ns = atomic_load(&next_ns);
    if (now_ns < due_ns || !atomic_compare_exchange_strong(&next_ns, &due_ns, now_ns + period_ns))
        return;
    if (take_automatic(RECORDING_AT_PERIOD))
        period_ns = snapshot_options.every_ns << (recording_header->thinnings & 31);
}

/* Crossed: the next mark is half as much again, so that a leak of any size makes few of them. */
static void take_at(_Atomic uint64_t *mark, uint64_t bytes)
{
    uint64_t crossed = atomic_load(mark), next = crossed;
    if (bytes < crossed)
        return;
    while (next <= bytes)
        next += next / 2 + 1;
    if (atomic_compare_exchange_strong(mark, &crossed, next) &&
        !take_automatic(RECORDING_AT_THRESHOLD))
        atomic_store(mark, crossed);
}

static bool watches_memory(void)
{
    return atomic_load_explicit(&next_resident_bytes, memory_order_relaxed) != UINT64_MAX;
}

static void look_at_resident_memory(uint64_t now_ns)
{
    uint64_t look_ns = atomic_load(&next_look_ns);
    if (now_ns >= look_ns &&
        atomic_compare_exchange_strong(&next_look_ns, &look_ns, now_ns + RSS_PERIOD_NS))
        take_at(&next_resident_bytes, pause_estimate_resident_bytes());
}

void snapshot_requests_look(struct thread *thread)
{
    if (thread->in_hook || thread->moving || thread->internal)
        return; /* in a signal handler in the middle of another event */
    int saved_errno = errno;
    if (__builtin_expect(is_asked(), 0) && process_is_itself())
        serve(NULL);
    if (recording_header->snapshot_child)
        snapshot_reap();
    if (period_ns || watches_memory()) {
        uint64_t now_ns = clock_read_ns(CLOCK_MONOTONIC_COARSE);
        if (period_ns)
            take_periodic(now_ns);
        if (watches_memory())
            look_at_resident_memory(now_ns);
    }
    int64_t live_bytes = (int64_t)recording_header->live_bytes + thread->unflushed_bytes;
    if (live_bytes > 0)
        take_at(&next_live_bytes, (uint64_t)live_bytes);
    errno = saved_errno;
}
