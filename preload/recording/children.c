/* SPDX-License-Identifier: MIT */
#include "preload/recording/children.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload/recording/recording_writer.h"

enum { PAYLOAD_BYTES = RECORDING_PAGE_BYTES - sizeof(struct recording_chunk) };
enum { CAPACITY_BYTES = PAYLOAD_BYTES - PAYLOAD_BYTES % sizeof(struct recording_child) };
_Static_assert(sizeof(struct recording_child) == 128, "as recording.h says");

/* What is taken of a chunk is counted in the chunk itself: parent and children share it. */
static struct recording_chunk *_Atomic current;
static struct recording_child *own;
static pid_t own_pid;
/* Of the thread that forks, and so of its child's only thread. */
static __thread bool is_forking;
static __thread int errno_before_fork;

static struct recording_chunk *chunk_with_room(void)
{
    struct recording_chunk *chunk = atomic_load(&current);
    if (chunk && __atomic_load_n(&chunk->used, __ATOMIC_RELAXED) < CAPACITY_BYTES)
        return chunk;
    struct recording_chunk *fresh =
        recording_chunk_new(RECORDING_CHUNK_CHILDREN, 0, 0, 0, PAYLOAD_BYTES);
    if (fresh)
        atomic_store(&current, fresh);
    return fresh;
}

static void set_forking(bool forking)
{
    if (forking != is_forking)
        __atomic_fetch_add(&recording_header->forks_in_flight, forking ? 1u : (uint64_t)-1,
                           __ATOMIC_RELAXED);
    is_forking = forking;
}

void children_fork_begins(void)
{
    errno_before_fork = errno;
    chunk_with_room();
    set_forking(true);
    errno = 0;
}

void children_fork_returns(void)
{
    if (errno == 0)
        errno = errno_before_fork; /* the child tells when it is there */
    else
        set_forking(false);
    is_forking = false;
}

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct recording_child children_moment(void)
{
    return (struct recording_child){.time_ns = now_ns(CLOCK_MONOTONIC),
                                    .boot_ns = now_ns(CLOCK_BOOTTIME)};
}

static void set_name(struct recording_child *note, const char *path)
{
    size_t length = strlen(path), capacity = sizeof note->name - 1;
    if (length > capacity)
        path += length - capacity;
    strncpy(note->name, path, capacity);
}

/* The state last: until then the reader takes it for no note. */
static void publish(struct recording_child *note, enum recording_child_state state)
{
    __atomic_store_n(&note->state, (uint32_t)state, __ATOMIC_RELEASE);
}

static struct recording_child *add(int32_t pid, const struct recording_child *moment)
{
    for (int tries = 0; tries < 2; tries++) {
        struct recording_chunk *chunk = chunk_with_room();
        if (!chunk)
            return NULL;
        uint64_t at = __atomic_fetch_add(&chunk->used, sizeof *own, __ATOMIC_RELAXED);
        if (at + sizeof *own <= CAPACITY_BYTES) {
            struct recording_child *note =
                (struct recording_child *)((char *)recording_chunk_payload(chunk) + at);
            *note = *moment;
            note->pid = pid;
            note->user = geteuid();
            __atomic_fetch_add(&recording_header->child_count, 1, __ATOMIC_RELAXED);
            return note;
        }
        __atomic_fetch_sub(&chunk->used, sizeof *own, __ATOMIC_RELAXED);
    }
    return NULL;
}

static struct recording_child *add_self(void)
{
    struct recording_child moment = children_moment();
    return add(getpid(), &moment);
}

static void fail(struct recording_child *note, int failure)
{
    note->failure = failure;
    note->user = geteuid();
    publish(note, RECORDING_CHILD_FAILED);
}

void children_born(int failure)
{
    int saved_errno = errno;
    if (!own || own_pid != getpid()) {
        own = add_self();
        own_pid = getpid();
        if (own && failure)
            fail(own, failure);
        else if (own)
            publish(own, RECORDING_CHILD_FORKED);
    }
    set_forking(false);
    errno = saved_errno;
}

void children_settle(int failure)
{
    if (own && failure)
        fail(own, failure);
    if (failure)
        return;
    if (own)
        publish(own, RECORDING_CHILD_RECORDED);
    own = NULL;
    own_pid = 0;
    atomic_store(&current, NULL);
}

struct children_exec children_executes(const char *path, enum recording_program program)
{
    int saved_errno = errno;
    struct children_exec exec = {.note = own && own_pid == getpid() ? own : add_self()};
    if (exec.note) {
        struct recording_child moment = children_moment();
        exec.before = *exec.note;
        exec.note->time_ns = moment.time_ns;
        exec.note->boot_ns = moment.boot_ns;
        exec.note->program = program;
        exec.note->user = geteuid();
        set_name(exec.note, path);
        publish(exec.note, RECORDING_CHILD_EXECUTES);
    }
    errno = saved_errno;
    return exec;
}

void children_stays(const struct children_exec *exec)
{
    if (exec->note)
        *exec->note = exec->before;
}

void children_spawned(int32_t pid, const struct recording_child *before, const char *path,
                      enum recording_program program)
{
    int saved_errno = errno;
    struct recording_child *note = add(pid, before);
    if (note) {
        note->program = program;
        set_name(note, path);
        publish(note, RECORDING_CHILD_EXECUTES);
    }
    errno = saved_errno;
}
