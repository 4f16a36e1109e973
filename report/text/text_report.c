/* SPDX-License-Identifier: MIT */
#include "report/text/text_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/growth.h"
#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/verdict.h"

enum { FULL_PROCESSES = 4 };

/* It changes what the program allocates, so it is said; once is enough. */
static void write_slices(FILE *file, const struct session *session)
{
    size_t count = 0;

    for (size_t i = 0; i < session->process_count; i++)
        count += session->processes[i].glib_slices_off;
    if (count)
        fprintf(file,
                "GLib used malloc in place of its slices in %s, so that each object is seen "
                "(G_SLICE= keeps them)\n",
                format_plural(count, "process").text);
}

static void write_verdict(const struct text_writer *writer, const struct session *session)
{
    static const enum style_kind styles[] = {[VERDICT_NO_LEAKS] = STYLE_GOOD,
                                             [VERDICT_LEAKS] = STYLE_BAD,
                                             [VERDICT_UNKNOWN] = STYLE_DOUBT};
    struct verdict verdict = verdict_of_session(session);
    char line[VERDICT_BYTES];

    verdict_line(session, &verdict, line);
    text_styled(writer, verdict_is_neutral(&verdict) ? STYLE_HEADING : styles[verdict.kind], "%s",
                line);
    fputc('\n', writer->file);
    for (size_t i = 0; i < session->unrecorded_count; i++) {
        text_styled(writer, STYLE_DOUBT, "no recording: ");
        fprintf(writer->file, "%s\n", verdict_unrecorded(&session->unrecorded[i]).text);
    }
    for (size_t i = 0; i < session->damaged_count; i++) {
        text_styled(writer, STYLE_DOUBT, "damaged: ");
        fprintf(writer->file, "%s\n", session->damaged[i].message);
    }
    write_slices(writer->file, session);
}

/* "robot --rate 10" on the left, "pid 12, 2.3 s, exit 0" on the right */
static void write_process_title(const struct text_writer *writer, const struct process *process)
{
    struct label end = label_end(process), command;
    struct formatted ran = format_duration(process->duration_ns);
    const char *why_not;
    unsigned right =
        (unsigned)snprintf(NULL, 0, "  pid %d, %s, %s", process->pid, ran.text, end.text);

    command =
        label_fit(label_command(process), text_room(writer, right), writer->options->style.utf8);
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", command.text);
    text_styled(writer, STYLE_FAINT, "  pid %d, %s, %s", process->pid, ran.text, end.text);
    fputc('\n', writer->file);
    why_not = verdict_why_not(writer->session, process);
    if (why_not) {
        text_styled(writer, STYLE_DOUBT, "leaks not checked:");
        fprintf(writer->file, " %s\n", why_not);
    }
    if (process->foreign_allocator)
        fprintf(writer->file, "allocator: %s\n", process->foreign_allocator);
    if (process->python && process->python->why_not)
        fprintf(writer->file, "Python %s is not followed: %s\n", process->python->version,
                process->python->why_not);
}

static void write_drops(const struct text_writer *writer, const struct process *process)
{
    if (process->drop_count)
        fputc('\n', writer->file);
    for (size_t i = 0; i < process->drop_count; i++) {
        text_styled(writer, STYLE_DOUBT, "not recorded: ");
        fprintf(writer->file, "%s (%s)\n", process->drops[i].what,
                format_count(process->drops[i].count).text);
    }
}

static bool write_process(const struct text_writer *writer, const struct process *process,
                          bool usage, struct error *error)
{
    write_process_title(writer, process);
    if (writer->options->tree)
        return text_tree(writer, process, error);
    text_growth(writer, process);
    text_cycles(writer, process);
    text_leaks(writer, process);
    text_pools(writer, process);
    text_python(writer, process);
    text_errors(writer, process);
    if (!writer->options->findings_only)
        text_advice(writer, process);
    text_retained(writer, process);
    if (usage) {
        text_usage(writer, process);
        text_timeline(writer, process);
    }
    if (writer->options->by_thread)
        text_threads(writer, process);
    text_snapshots(writer, process);
    write_drops(writer, process);
    return true;
}

/* What makes a process worth more than one line; the higher, the more. */
static uint64_t weight(const struct process *process)
{
    struct growth growth;

    return process->leaks.all.bytes + process->leaks.all.blocks + process->cycle_count +
           process->error_count + process->advice_count + verdict_python_weight(process) +
           text_growth_bytes(process, &growth);
}

/* Of runs of one program that lost the same, only one is shown in full. */
static bool is_alike(const struct process *one, const struct process *other)
{
    return strcmp(label_process(one).text, label_process(other).text) == 0 &&
           weight(one) == weight(other);
}

static bool is_told(const struct session *session, const bool *shown, size_t index)
{
    for (size_t i = 0; i < session->process_count; i++)
        if (shown[i] && is_alike(&session->processes[i], &session->processes[index]))
            return true;
    return false;
}

/* The index of the heaviest process not yet shown; with or_peak, of the one with the biggest peak.
 */
static size_t heaviest(const struct session *session, const bool *shown, bool or_peak)
{
    size_t found = session->process_count;
    uint64_t most = 0;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];
        uint64_t one = or_peak ? process->totals.peak_bytes + 1 : weight(process);

        if (!shown[i] && one > most && (or_peak || !is_told(session, shown, i))) {
            most = one;
            found = i;
        }
    }
    return found;
}

/*
 * A launch may have dozens of processes: the few that lost most are shown in full, in the order
 * they started, and the first of them with its hot spots. Without findings, the biggest process is
 * shown with its hot spots.
 */
static bool write_processes(const struct text_writer *writer, const struct session *session,
                            struct error *error)
{
    bool *shown = calloc(session->process_count + 1, sizeof(*shown)), done = true;
    size_t count = session->process_count, first = count;
    bool by_peak = writer->options->tree || writer->options->by_thread;

    if (!shown)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < (writer->options->tree ? 1 : FULL_PROCESSES); i++) {
        size_t next = heaviest(session, shown, by_peak);

        if (i == 0 && next == count && !writer->options->findings_only)
            next = heaviest(session, shown, true);
        first = i == 0 ? next : first;
        shown[next] = true; /* the spare element when there is none */
    }
    for (size_t i = 0; i < count && done; i++)
        if (shown[i])
            done = write_process(writer, &session->processes[i],
                                 i == first && !writer->options->findings_only, error);
    text_other_processes(writer, shown);
    free(shown);
    return done;
}

static bool write_one(const struct text_writer *writer, const struct session *session,
                      struct error *error)
{
    bool found = false;

    for (size_t i = 0; i < session->process_count; i++) {
        if ((uint64_t)session->processes[i].pid != writer->options->pid)
            continue;
        if (!write_process(writer, &session->processes[i], true, error))
            return false;
        found = true;
    }
    return found || error_set(error, "%s: no process with pid %" PRIu64, session->path,
                              writer->options->pid);
}

bool text_report_write(const struct session *session, const struct text_options *options,
                       FILE *file, struct error *error)
{
    const struct text_writer writer = {file, options, session};

    write_verdict(&writer, options->module ? options->whole : session);
    if (options->module)
        fprintf(file, "below: only what %s allocated\n", options->module);
    if (options->pid)
        return write_one(&writer, session, error);
    return write_processes(&writer, session, error);
}
