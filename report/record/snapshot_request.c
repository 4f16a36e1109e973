/* SPDX-License-Identifier: MIT */
#include "report/record/snapshot_request.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/time_now.h"

enum { POLL_NS = 1000000, SLOW_POLL_NS = 20000000 };
/* The scanning child gives up after this time. */
#define WRITE_LIMIT_NS (600ull * 1000000000u)

static void pause_for(long time_ns)
{
    nanosleep(&(struct timespec){0, time_ns}, NULL);
}

static double seconds(uint64_t time_ns)
{
    return (double)time_ns / 1e9;
}

/* --- asking --- */

static bool lock(const struct running_recording *running, uint64_t deadline_ns, struct error *error)
{
    while (flock(running->descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(error, "%.200s: %s", running->path, strerror(errno));
        if (time_now_ns() > deadline_ns)
            return error_set(error, "process %d: others keep asking it for snapshots",
                             (int)running->pid);
        pause_for(POLL_NS);
    }
    return true;
}

static bool send_signal(const struct running_recording *running, struct error *error)
{
    unsigned number = running->header->request.signal;

    if (!running_recording_takes_signal(running, number))
        return true; /* one of its next allocations will see the request */
    if (sigqueue(running->pid, (int)number, (union sigval){.sival_int = RECORDING_REQUEST_VALUE}) ==
        0)
        return true;
    return error_set(error, "process %d: %s", (int)running->pid, strerror(errno));
}

static bool wait_for_answer(const struct running_recording *running, uint32_t asked,
                            uint64_t deadline_ns, uint64_t timeout_ns, struct error *error)
{
    struct recording_request *request = &running->header->request;

    while (__atomic_load_n(&request->answered, __ATOMIC_ACQUIRE) != asked) {
        if (!running_recording_is_alive(running))
            return error_set(error, "process %d has ended", (int)running->pid);
        if (time_now_ns() > deadline_ns)
            return error_set(error,
                             "process %d did not answer within %.1f s: it blocks the signal, and "
                             "it allocates nothing",
                             (int)running->pid, seconds(timeout_ns));
        pause_for(POLL_NS);
    }
    return true;
}

/* Leaves nothing behind when it fails. */
static bool ask_once(const struct running_recording *running, const char *label,
                     uint64_t deadline_ns, uint64_t timeout_ns, struct error *error)
{
    struct recording_request *request = &running->header->request;
    uint32_t asked = __atomic_load_n(&request->answered, __ATOMIC_ACQUIRE) + 1;

    snprintf(request->label, sizeof(request->label), "%s", label ? label : "");
    __atomic_store_n(&request->asked, asked, __ATOMIC_RELEASE);
    if (send_signal(running, error) &&
        wait_for_answer(running, asked, deadline_ns, timeout_ns, error))
        return true;
    __atomic_store_n(&request->asked, asked - 1, __ATOMIC_RELEASE);
    return false;
}

/* Repeats while an earlier snapshot is being written. */
static bool ask(const struct running_recording *running, const char *label, uint64_t timeout_ns,
                struct error *error)
{
    const struct recording_request *request = &running->header->request;
    uint64_t give_up_ns = time_now_ns() + WRITE_LIMIT_NS;

    for (;;) {
        if (!ask_once(running, label, time_now_ns() + timeout_ns, timeout_ns, error))
            return false;
        if (request->failure != RECORDING_SNAPSHOT_BUSY)
            return true;
        if (time_now_ns() > give_up_ns)
            return error_set(error, "process %d: an earlier snapshot does not finish",
                             (int)running->pid);
        pause_for(SLOW_POLL_NS);
    }
}

/* --- what became of it --- */

static bool read_record(const struct running_recording *running, uint64_t offset,
                        struct requested_snapshot *snapshot, struct error *error)
{
    struct recording_chunk chunk;

    if (offset < sizeof(chunk) ||
        pread(running->descriptor, &chunk, sizeof(chunk), (off_t)(offset - sizeof(chunk))) !=
            (ssize_t)sizeof(chunk) ||
        chunk.type != RECORDING_CHUNK_SNAPSHOT ||
        pread(running->descriptor, &snapshot->record, sizeof(snapshot->record), (off_t)offset) !=
            (ssize_t)sizeof(snapshot->record))
        return error_set(error, "%.200s: the record of the snapshot cannot be read", running->path);
    snapshot->number = chunk.key;
    return true;
}

static bool wait_for_graph(const struct running_recording *running, uint64_t offset,
                           struct requested_snapshot *snapshot, struct error *error)
{
    uint64_t start_ns = time_now_ns();

    for (;;) {
        uint64_t waited_ns = time_now_ns() - start_ns;
        bool is_gone =
            running_recording_child_is_gone(running); /* ask before reading what it wrote last */

        if (!read_record(running, offset, snapshot, error))
            return false;
        if (snapshot->record.state != RECORDING_SNAPSHOT_WRITING)
            return true;
        if (is_gone)
            return error_set(error, "process %d: the process that wrote the snapshot died",
                             (int)running->pid);
        if (waited_ns > WRITE_LIMIT_NS)
            return error_set(error, "process %d: the snapshot was not finished in %.0f s",
                             (int)running->pid, seconds(waited_ns));
        pause_for(waited_ns < SLOW_POLL_NS ? POLL_NS : SLOW_POLL_NS / 2);
    }
}

static bool explain(const struct running_recording *running, uint32_t failure,
                    const struct recording_snapshot *record, struct error *error)
{
    static const char *const reasons[] = {
        [RECORDING_SNAPSHOT_FORK] = "it cannot be forked",
        [RECORDING_SNAPSHOT_DIED] = "the process that wrote the snapshot died",
        [RECORDING_SNAPSHOT_FULL] = "there is no room in the recording",
        [RECORDING_SNAPSHOT_MEMORY] = "there is not enough memory",
        [RECORDING_SNAPSHOT_ENDING] = "it is at its end",
        [RECORDING_SNAPSHOT_MAPS] = "its /proc/self/maps cannot be read (another root?)",
    };
    const char *reason = failure < sizeof(reasons) / sizeof(reasons[0]) ? reasons[failure] : NULL;

    if (failure == RECORDING_SNAPSHOT_PAUSE)
        return error_set(error,
                         "process %d refused: it would pause for about %.1f ms, and "
                         "--max-pause allows %.1f ms",
                         (int)running->pid, (double)record->expected_pause_ns / 1e6,
                         (double)record->pause_limit_ns / 1e6);
    return error_set(error, "process %d: %s", (int)running->pid,
                     reason ? reason : "no snapshot was taken");
}

bool snapshot_request(const struct running_recording *running, const char *label,
                      uint64_t timeout_ns, struct requested_snapshot *snapshot, struct error *error)
{
    const struct recording_request *request = &running->header->request;
    bool done = false;

    *snapshot = (struct requested_snapshot){0};
    if (!lock(running, time_now_ns() + timeout_ns, error))
        return false;
    if (!ask(running, label, timeout_ns, error))
        goto done;
    if (request->record && !wait_for_graph(running, request->record, snapshot, error))
        goto done;
    done = request->record && snapshot->record.state == RECORDING_SNAPSHOT_COMPLETE;
    if (!done)
        explain(running, request->record ? snapshot->record.failure : request->failure,
                &snapshot->record, error);
done:
    flock(running->descriptor, LOCK_UN);
    return done;
}
