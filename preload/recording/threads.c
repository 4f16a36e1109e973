/* SPDX-License-Identifier: MIT */
#include "preload/recording/threads.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/base/private_memory.h"
#include "preload/base/proc_file.h"
#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"

enum { SLOT_LIMIT = 65536 };

struct thread threads_none = {.internal = 1};
__thread struct thread *threads_current = &threads_none;

/* A slot's owner: the tid of its thread, CLAIMED while it changes hands. */
enum { CLAIMED = -1 };
static struct slot {
    _Atomic int32_t owner;
    struct thread *_Atomic thread;
} * _Atomic slots;
static _Atomic uint32_t slot_count;
/* Dead threads are looked for each time the slots reach this mark. */
static _Atomic uint32_t sweep_mark = 8;

/* Of the last fork; `looked_for`: the child that it made. */
static bool had_others;
static pid_t looked_for;
uint64_t threads_forked_at_ticks, threads_lost_at_ticks;

static struct recording_table records = {
    RECORDING_CHUNK_THREADS, sizeof(struct recording_thread), 64, SLOT_LIMIT / 64, NULL, 0, 0};

static struct slot *slots_get(void)
{
    struct slot *table = atomic_load_explicit(&slots, memory_order_acquire);
    if (table)
        return table;
    struct slot *fresh = private_memory_map(SLOT_LIMIT * sizeof *fresh);
    if (!fresh || atomic_compare_exchange_strong(&slots, &table, fresh))
        return fresh;
    private_memory_unmap(fresh, SLOT_LIMIT * sizeof *fresh);
    return table;
}

static bool is_dead(int32_t tid)
{
    int saved_errno = errno;
    bool dead = syscall(SYS_tgkill, getpid(), tid, 0) != 0 && errno == ESRCH;
    errno = saved_errno;
    return dead;
}

static bool is_real_time(int32_t tid)
{
    int policy = sched_getscheduler(tid);
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* What a real-time thread allocates is judged by itself: its slot is not shared with others, before
 * or after. */
static bool is_of_kind(uint32_t index, bool real_time)
{
    const struct recording_thread *record =
        index < atomic_load(&records.count) ? recording_table_get(&records, index) : NULL;
    return !record || record->threads == 0 ||
           ((record->flags & RECORDING_THREAD_REAL_TIME) != 0) == real_time;
}

/* A slot whose thread is gone; one with our own tid is, since tids are unique. */
static struct slot *slot_of_dead(struct slot *table, uint32_t count, int32_t tid, bool real_time)
{
    bool sweep = count >= atomic_load(&sweep_mark);
    struct slot *found = NULL;
    uint32_t dead = 0;
    for (uint32_t i = 0; i < count && (sweep || !found); i++) {
        int32_t owner = atomic_load(&table[i].owner);
        if (owner == CLAIMED || (owner && owner != tid && !(sweep && is_dead(owner))))
            continue;
        dead++;
        if (!found && is_of_kind(i, real_time) &&
            atomic_compare_exchange_strong(&table[i].owner, &owner, CLAIMED))
            found = &table[i];
        else if (owner && owner != tid)
            atomic_compare_exchange_strong(&table[i].owner, &owner, 0); /* free for the next */
    }
    if (sweep && dead * 2 < count)
        atomic_store(&sweep_mark, count * 2);
    return found;
}

static struct slot *slot_claim(int32_t tid)
{
    struct slot *table = slots_get();
    if (!table)
        return NULL;
    struct slot *slot = slot_of_dead(table, atomic_load(&slot_count), tid, is_real_time(0));
    if (slot)
        return slot;
    uint32_t index = atomic_load(&slot_count);
    while (index < SLOT_LIMIT) {
        int32_t nobody = 0;
        if (atomic_compare_exchange_strong(&table[index].owner, &nobody, CLAIMED)) {
            uint32_t count = atomic_load(&slot_count);
            while (count <= index && !atomic_compare_exchange_weak(&slot_count, &count, index + 1))
                ;
            return &table[index];
        }
        index++;
    }
    return NULL;
}

static void describe(struct recording_thread *record, int32_t tid)
{
    struct sched_param parameters = {0};
    record->tid = tid;
    record->started_ns = clock_ns();
    record->ended_ns = 0;
    prctl(PR_GET_NAME, record->name);
    record->policy = sched_getscheduler(0);
    sched_getparam(0, &parameters);
    record->priority = parameters.sched_priority;
    record->flags = is_real_time(0) ? RECORDING_THREAD_REAL_TIME : 0;
    record->threads++;
}

/* Records have the ids of the slots. */
static struct recording_thread *record_of(uint32_t slot)
{
    static struct recording_thread unrecorded;
    while (atomic_load(&records.count) <= slot)
        if (recording_table_add(&records) == UINT64_MAX)
            return &unrecorded;
    struct recording_thread *record = recording_table_get(&records, slot);
    recording_header->thread_count = atomic_load(&records.count);
    return record ? record : &unrecorded;
}

struct thread *threads_make(void)
{
    int saved_errno = errno;
    int32_t tid = (int32_t)syscall(SYS_gettid);
    struct slot *slot = slot_claim(tid);
    struct thread *thread = slot ? atomic_load(&slot->thread) : NULL;
    if (slot && !thread)
        thread = private_memory_map(sizeof *thread);
    if (!thread) {
        if (slot)
            atomic_store(&slot->owner, 0);
        recording_dropped(RECORDING_DROP_THREADS);
        errno = saved_errno;
        return NULL;
    }
    thread->slot = (uint32_t)(slot - atomic_load(&slots));
    thread->tid = tid;
    thread->in_hook = thread->internal = thread->moving = thread->stop_pending = 0;
    thread->last_allocation = thread->deleting = NULL;
    thread->record = record_of(thread->slot);
    describe(thread->record, tid);
    __atomic_fetch_add(&recording_header->threads_seen, 1, __ATOMIC_RELAXED);
    threads_current = thread;
    atomic_store(&slot->thread, thread);
    atomic_store(&slot->owner, tid);
    threads_void_limits();
    errno = saved_errno;
    return thread;
}

/* The slot stays behind with what was allocated so far. */
static void move_to_another_slot(struct thread *self)
{
    threads_current = &threads_none;
    atomic_store(&atomic_load(&slots)[self->slot].owner, 0);
    threads_make();
}

void threads_look_again(void)
{
    struct thread *self = threads_current;
    int saved_errno = errno;
    if (self == &threads_none || self->in_hook)
        return;
    prctl(PR_GET_NAME, self->record->name);
    if (is_real_time(0) != ((self->record->flags & RECORDING_THREAD_REAL_TIME) != 0))
        move_to_another_slot(self);
    errno = saved_errno;
}

void threads_look_at_policy(void)
{
    struct thread *self = threads_current;
    int saved_errno = errno;
    if (self->in_hook || self->moving || self->internal)
        return;
    if (is_real_time(0) != ((self->record->flags & RECORDING_THREAD_REAL_TIME) != 0))
        move_to_another_slot(self);
    errno = saved_errno;
}

static void look_again_at(struct recording_thread *record, int32_t tid)
{
    char name[sizeof record->name + 1];
    if (!proc_file_read_of_thread(tid, "comm", name, sizeof name) || record->tid != tid)
        return;
    name[strcspn(name, "\n")] = '\0';
    strncpy(record->name, name, sizeof record->name - 1);
    if (is_real_time(tid))
        record->flags |= RECORDING_THREAD_REAL_TIME;
}

void threads_look_again_at_all(void)
{
    int saved_errno = errno;
    uint32_t count = atomic_load(&slot_count);
    for (uint32_t i = 0; i < count && i < atomic_load(&records.count); i++) {
        int32_t owner = atomic_load(&atomic_load(&slots)[i].owner);
        struct recording_thread *record = recording_table_get(&records, i);
        if (owner > 0 && record)
            look_again_at(record, owner);
    }
    errno = saved_errno;
}

uint32_t threads_count(void)
{
    return atomic_load_explicit(&slot_count, memory_order_relaxed);
}

struct thread *threads_at(uint32_t slot)
{
    return atomic_load(&atomic_load(&slots)[slot].thread);
}

/* The threads of this process are the entries of the folder, and each is a link to it. */
void threads_before_fork(void)
{
    struct stat tasks;
    int saved_errno = errno;
    if (stat("/proc/self/task", &tasks) == 0)
        had_others = tasks.st_nlink != 2 + 1;
    else
        had_others = !__libc_single_threaded;
    errno = saved_errno;
}

void threads_in_forked_child(void)
{
    looked_for = getpid();
}

static bool others_allocated(int32_t self)
{
    uint32_t count = atomic_load(&slot_count);
    for (uint32_t i = 0; i < count; i++) {
        int32_t owner = atomic_load(&atomic_load(&slots)[i].owner);
        if (owner != 0 && owner != self)
            return true;
    }
    return false;
}

static void note_lost_threads(int32_t self)
{
    threads_forked_at_ticks = event_clock_restart_after_fork();
    bool lost = looked_for == getpid() ? had_others : others_allocated(self);
    threads_lost_at_ticks = lost ? threads_forked_at_ticks : 0;
    recording_header->forked_beside_threads = lost;
}

void threads_void_limits(void)
{
    for (uint32_t i = 0; i < threads_count(); i++) {
        struct thread *thread = threads_at(i);
        if (!thread)
            continue;
        __atomic_store_n(&thread->least_unflushed, INT64_MAX, __ATOMIC_RELAXED);
        __atomic_store_n(&thread->most_unflushed, INT64_MIN, __ATOMIC_RELAXED);
    }
}

void threads_restart_after_fork(void)
{
    struct thread *self = threads_current;
    note_lost_threads(self ? self->tid : 0);
    recording_table_restart(&records, false);
    uint32_t count = atomic_load(&slot_count);
    for (uint32_t i = 0; i < count; i++) {
        struct slot *slot = &atomic_load(&slots)[i];
        atomic_store(&slot->owner, 0);
        struct thread *thread = atomic_load(&slot->thread);
        if (thread)
            thread->unflushed_bytes = 0;
    }
    if (self == &threads_none)
        return;
    self->tid = (int32_t)syscall(SYS_gettid);
    self->stop_pending = self->moving = 0;
    self->clock = (struct event_clock){0};
    self->record = record_of(self->slot);
    describe(self->record, self->tid);
    recording_header->threads_seen = 1;
    atomic_store(&atomic_load(&slots)[self->slot].owner, self->tid);
}
