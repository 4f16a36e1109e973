/* SPDX-License-Identifier: MIT */
/* The snapshots of a process: when, what they cost, and those that were refused. */
#include <inttypes.h>

#include "report/base/format.h"
#include "report/text/text_parts.h"

/* Every recording has the one at the end: not worth a line. */
static bool is_worth_telling(const struct snapshot *snapshot)
{
    return snapshot->reason > SNAPSHOT_AT_SIGNAL && snapshot->reason != SNAPSHOT_AT_PYTHON_END;
}

static size_t count_told(const struct process *process, bool thinned)
{
    size_t count = 0;

    for (size_t i = 0; i < process->snapshot_count; i++)
        count += is_worth_telling(&process->snapshots[i]) &&
                 (process->snapshots[i].state == SNAPSHOT_THINNED) == thinned;
    return count;
}

/* "   2      1.2 s     4.1 ms    84.0 KiB       10,000   390.6 KiB  request "at rest"" */
static void write_snapshot(const struct text_writer *writer, const struct snapshot *snapshot)
{
    fprintf(writer->file, "  %4" PRIu64 "  %9s", snapshot->number,
            format_duration(snapshot->time_ns).text);
    if (snapshot->state == SNAPSHOT_COMPLETE)
        fprintf(writer->file, "  %6.1f ms  %10s  %11s  %10s", (double)snapshot->pause_ns / 1e6,
                format_size(snapshot->size_bytes).text, format_count(snapshot->nodes).text,
                format_size(snapshot->bytes).text);
    fprintf(writer->file, "  %s%s", snapshot_reason_names[snapshot->reason],
            snapshot->is_quiet ? ", quiet" : "");
    if (snapshot->label)
        fprintf(writer->file, " \"%s\"", snapshot->label);
    if (snapshot->state != SNAPSHOT_COMPLETE) {
        fputs(": ", writer->file);
        text_styled(writer, STYLE_DOUBT, "%s", snapshot->state == SNAPSHOT_FAILED ? "none, " : "");
        fputs(snapshot->why_not, writer->file);
        if (snapshot->repeats)
            fprintf(writer->file, " (and %s more)", format_plural(snapshot->repeats, "time").text);
    }
    fputc('\n', writer->file);
}

/* Shows the last ones. */
void text_snapshots(const struct text_writer *writer, const struct process *process)
{
    size_t count = count_told(process, false), thinned = count_told(process, true);
    size_t left_out = count > writer->options->top ? count - writer->options->top : 0;

    if (!count)
        return;
    text_heading(writer, "Snapshots: SESSION@N is the session at snapshot N", count);
    text_styled(writer, STYLE_FAINT, "  %4s  %9s  %9s  %10s  %11s  %10s", "N", "after", "pause",
                "recording", "blocks", "bytes");
    fputc('\n', writer->file);
    for (size_t i = 0; i < process->snapshot_count; i++) {
        const struct snapshot *snapshot = &process->snapshots[i];

        if (!is_worth_telling(snapshot) || snapshot->state == SNAPSHOT_THINNED)
            continue;
        if (left_out)
            left_out--;
        else
            write_snapshot(writer, snapshot);
    }
    if (thinned)
        fprintf(writer->file, "  %s more were dropped to make room (record --max-snapshots)\n",
                format_count(thinned).text);
}
