/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/verdict.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/proc_stat.h"

const char *const process_end_names[] = {"exit", "signal", "exec", "killed", "running"};

/* Its pid here may differ from the one in its container. */
static bool runs_in_namespace(const struct recording_header *header)
{
    DIR *processes = opendir("/proc");
    bool found = false;
    for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
        int pid = (int)strtol(entry->d_name, NULL, 10);
        found = pid > 0 && proc_stat_start_ticks(pid) == header->process_start_ticks &&
                proc_stat_own_pid(pid) == header->pid;
    }
    if (processes)
        closedir(processes);
    return found;
}

static bool is_running(const struct recording_header *header)
{
    if (!header->process_start_ticks)
        return false;
    return proc_stat_start_ticks(header->pid) == header->process_start_ticks ||
           runs_in_namespace(header);
}

bool verdict_runs_since(int pid, uint64_t boot_ns)
{
    enum { SLACK_TICKS = 2 };
    uint64_t ticks = proc_stat_start_ticks(pid), ticks_per_second = (uint64_t)sysconf(_SC_CLK_TCK);
    return ticks && ticks <= boot_ns / (1000000000 / ticks_per_second) + SLACK_TICKS;
}

enum process_end verdict_end(const struct recording *recording)
{
    static const enum process_end ends[] = {
        [RECORDING_EXIT] = ENDED_EXIT,
        [RECORDING_SIGNAL] = ENDED_SIGNAL,
        [RECORDING_EXEC] = ENDED_EXEC,
        [RECORDING_KILLED] = ENDED_KILLED,
    };
    const struct recording_header *header = &recording->header;
    if (header->ended != RECORDING_RUNNING)
        return ends[header->ended];
    return is_running(header) ? ENDED_RUNNING : ENDED_KILLED;
}

/* "SIGSEGV", or a number when it has no name. */
static const char *signal_name(struct arena *arena, int number)
{
    const char *name = sigabbrev_np(number);
    return name ? arena_printf(arena, "SIG%s", name) : arena_printf(arena, "signal %d", number);
}

static const char *describe_child(struct arena *arena, int status)
{
    if (WIFSIGNALED(status))
        return arena_printf(arena, "the process that took the snapshot died (%s)",
                            signal_name(arena, WTERMSIG(status)));
    return arena_printf(arena, "the process that took the snapshot failed (status %d)",
                        WEXITSTATUS(status));
}

/* The signal's name is shown with the process itself. */
static const char *describe_missing(enum process_end ended)
{
    if (ended == ENDED_RUNNING)
        return "the process is still running, and no snapshot was asked for";
    if (ended == ENDED_KILLED)
        return "the process was killed before a snapshot could be taken";
    return "no complete snapshot is in the recording";
}

static const char *describe_unseen(struct arena *arena, const struct recording *recording)
{
    if (recording->header.unseen == RECORDING_UNSEEN_NO_ROOM)
        return "its limits of memory (ulimit -v, -d) leave too little to record it";
    const char *allocator = recording_text(recording, arena, recording->header.foreign_allocator);
    if (allocator)
        return arena_printf(arena, "the program uses its own malloc (%s): its blocks were not seen",
                            allocator);
    return "the program has its own malloc: its blocks were not seen";
}

const char *verdict_describe_failure(struct arena *arena, uint32_t failure, int detail)
{
    static const char *const sentences[] = {
        [RECORDING_SNAPSHOT_FULL] = "there was no room in the recording for the snapshot",
        [RECORDING_SNAPSHOT_MEMORY] = "there was not enough memory for the snapshot",
        [RECORDING_SNAPSHOT_TIMEOUT] = "the snapshot took too long and was given up",
        [RECORDING_SNAPSHOT_DISABLED] = "the snapshot was switched off",
        [RECORDING_BLOCKS_DROPPED] = "some blocks could not be followed, so no snapshot was taken",
        [RECORDING_SNAPSHOT_PAUSE] = "the snapshot would have stopped the program for too long",
        [RECORDING_SNAPSHOT_BUSY] = "another snapshot was still being written",
        [RECORDING_SNAPSHOT_ENDING] = "the process was at its end",
        [RECORDING_SNAPSHOT_MAPS] = "/proc/self/maps could not be read (another root?)",
    };
    if (failure == RECORDING_SNAPSHOT_FORK)
        return arena_printf(arena, "the process could not be forked for the snapshot: %s",
                            strerror(detail));
    if (failure == RECORDING_SNAPSHOT_DIED)
        return describe_child(arena, detail);
    const char *sentence =
        failure < sizeof sentences / sizeof *sentences ? sentences[failure] : NULL;
    return sentence ? sentence : "no complete snapshot is in the recording";
}

static const char *describe_unchecked(struct arena *arena, const struct recording *recording,
                                      enum process_end ended)
{
    uint32_t failure = recording->header.unchecked;
    if (recording->header.unseen)
        return describe_unseen(arena, recording);
    if (failure == RECORDING_CHECKED || failure == RECORDING_NO_SNAPSHOT)
        return describe_missing(ended);
    return verdict_describe_failure(arena, failure, recording->header.unchecked_detail);
}

/* A requested snapshot shows a moment in the middle; it is the last word only on a process that got
 * no further. */
static bool is_last_word(const struct recording_snapshot *snapshot, enum process_end ended)
{
    bool at_end = snapshot->reason == RECORDING_AT_EXIT || snapshot->reason == RECORDING_AT_EXEC ||
                  snapshot->reason == RECORDING_AT_SIGNAL;
    return at_end || ended == ENDED_KILLED || ended == ENDED_RUNNING;
}

const struct recording_snapshot_entry *verdict_snapshot(struct arena *arena,
                                                        const struct recording *recording,
                                                        enum process_end ended,
                                                        const char **why_not)
{
    const struct recording_snapshot_entry *last = NULL;
    for (size_t i = 0; i < recording->snapshot_count; i++)
        if (recording->snapshots[i].snapshot.state == RECORDING_SNAPSHOT_COMPLETE)
            last = &recording->snapshots[i];
    bool usable = last && is_last_word(&last->snapshot, ended) && !recording->header.unseen;
    *why_not = usable ? NULL : describe_unchecked(arena, recording, ended);
    return usable ? last : NULL;
}
