/* SPDX-License-Identifier: MIT */
/* leakgraph snapshot: asks a recorded process for a snapshot now. */
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/cli/command.h"
#include "report/record/snapshot_request.h"

static const char *label;
static uint64_t timeout_ns = 10000000000u;

const struct option_row snapshot_options[] = {
    {'l', "label", "TEXT", "a name for the snapshot, at most 127 bytes", option_text, &label},
    {'t', "timeout", "TIME", "how long to wait for an answer (default 10s)", option_time,
     &timeout_ns},
    {0},
};

static bool parse_pid(const char *text, pid_t *pid)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(text, &end, 10);
    *pid = (pid_t)number;
    return end > text && !*end && !errno && number > 0 && number == (long)*pid;
}

/* "snapshot 2: 1,204 blocks, 1.2 MiB; paused for 1.2 ms, ..." */
static void tell(const struct running_recording *running, const struct requested_snapshot *snapshot)
{
    const struct recording_snapshot *record = &snapshot->record;
    char path[PATH_MAX];

    printf("snapshot %" PRIu64 " of process %d: %s, %s\n", snapshot->number, (int)running->pid,
           format_plural(record->node_count, "block").text, format_size(record->block_bytes).text);
    printf("paused for %.1f ms (%.1f ms expected), written in %.1f ms, %s in the recording\n",
           (double)record->pause_ns / 1e6, (double)record->expected_pause_ns / 1e6,
           (double)record->scan_ns / 1e6, format_size(record->graph_bytes).text);
    if (record->flags & RECORDING_SNAPSHOT_QUIET)
        printf("quiet: no thread was stopped, so pointers in registers were not seen\n");
    if (record->threads_missing)
        printf("%s with an unknown stack pointer: the whole stack counts\n",
               format_plural(record->threads_missing, "thread").text);
    snprintf(path, sizeof(path), "%s", running->path);
    printf("leakgraph report %s@%" PRIu64 "\n", dirname(path), snapshot->number);
}

int command_snapshot(int count, char **operands)
{
    struct running_recording running;
    struct requested_snapshot snapshot;
    struct error error = {0};
    pid_t pid;
    bool done;

    if (!count || !parse_pid(operands[0], &pid)) {
        complain("%s%s", count ? "not the number of a process: " : "snapshot of which process?",
                 count ? operands[0] : "");
        return EXIT_WRONG_USE;
    }
    done = running_recording_open(&running, pid, &error) &&
           snapshot_request(&running, label, timeout_ns, &snapshot, &error);
    if (done)
        tell(&running, &snapshot);
    else
        complain("%s", error.message);
    running_recording_close(&running);
    if (!done)
        return EXIT_NO_VERDICT;
    return command_finish_output() ? EXIT_FINE : EXIT_WRONG_USE;
}
