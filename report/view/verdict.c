/* SPDX-License-Identifier: MIT */
#include "report/view/verdict.h"

#include <stdio.h>
#include <string.h>

#include "report/base/format.h"
#include "report/view/labels.h"

/* The new image has the same pid and a recording of its own. */
static bool is_continued(const struct session *session, const struct process *process)
{
    const struct process *end = session->processes + session->process_count;

    for (const struct process *later = process + 1; later < end; later++)
        if (later->pid == process->pid)
            return true;
    return false;
}

/* It is told of as a process of its own. */
static bool is_told_of(const struct session *session, const struct process *process)
{
    for (size_t i = 0; i < session->unrecorded_count; i++)
        if (session->unrecorded[i].process.pid == process->pid)
            return true;
    return false;
}

const char *verdict_why_not(const struct session *session, const struct process *process)
{
    if (process->ended == ENDED_EXEC && !is_continued(session, process) &&
        !is_told_of(session, process))
        return "what replaced it was not recorded";
    if (process->leaks.checked || (process->ended == ENDED_EXEC && !process->totals.live_blocks))
        return NULL;
    return process->leaks.why_not ? process->leaks.why_not : "its blocks were not checked";
}

const char *verdict_why_not_python(const struct process *process)
{
    const struct python *python = process->python;

    return python && python->is_doubtful && process->leaks.checked && process->ended != ENDED_EXEC
               ? python->unchecked_why
               : NULL;
}

static struct verdict_python python_of(const struct process *process)
{
    const struct python *python = process->python;
    struct verdict_python sum = {0};

    if (!python || !python->checked || process->ended == ENDED_EXEC)
        return sum;
    for (size_t i = 0; i < python->leak_count; i++) {
        sum.forgotten_objects += python->leaks[i].objects;
        sum.forgotten_bytes += python->leaks[i].bytes;
    }
    if (python->gc_enabled) {
        sum.waiting_cycles = python->garbage_cycles;
        sum.waiting_objects = python->garbage_objects;
        sum.waiting_bytes = python->garbage_retained_bytes;
    } else {
        sum.stuck_cycles = python->garbage_cycles;
        sum.stuck_objects = python->garbage_objects;
        sum.stuck_bytes = python->garbage_retained_bytes;
    }
    sum.mixed_cycles = python->mixed_cycles;
    sum.mixed_bytes = python->mixed_retained_bytes;
    return sum;
}

uint64_t verdict_python_weight(const struct process *process)
{
    const struct python *python = process->python;

    return python
               ? python->garbage_retained_bytes + python->mixed_retained_bytes + python->leak_count
               : 0;
}

static void add_python(struct verdict_python *sum, const struct verdict_python *one)
{
    sum->forgotten_objects += one->forgotten_objects;
    sum->forgotten_bytes += one->forgotten_bytes;
    sum->stuck_cycles += one->stuck_cycles;
    sum->stuck_objects += one->stuck_objects;
    sum->stuck_bytes += one->stuck_bytes;
    sum->mixed_cycles += one->mixed_cycles;
    sum->mixed_bytes += one->mixed_bytes;
    sum->waiting_cycles += one->waiting_cycles;
    sum->waiting_objects += one->waiting_objects;
    sum->waiting_bytes += one->waiting_bytes;
}

struct verdict verdict_of_process(const struct session *session, const struct process *process)
{
    struct verdict verdict = {
        .cycles = process->cycles_total, .lost = process->leaks.all, .python = python_of(process)};

    verdict.why_not = verdict_why_not(session, process);
    if (!verdict.why_not) {
        verdict.why_not = verdict_why_not_python(process);
        verdict.of_python = verdict.why_not != NULL;
    }
    if (verdict.why_not) {
        verdict.kind = VERDICT_UNKNOWN;
        verdict.unchecked_processes = 1;
        verdict.unchecked = process;
    }
    for (size_t i = 0; i < process->leaks.site_count; i++)
        verdict.leaks += process->leaks.sites[i].class == LEAK_DIRECT;
    if (process->leaks.all.blocks || process->cycles_total || verdict.python.forgotten_objects ||
        verdict.python.stuck_cycles || verdict.python.mixed_cycles) {
        verdict.kind = VERDICT_LEAKS;
        verdict.leaking_processes = 1;
        verdict.leaking = process;
    }
    return verdict;
}

struct verdict verdict_of_session(const struct session *session)
{
    struct verdict sum = {.kind = session->process_count ? VERDICT_NO_LEAKS : VERDICT_UNKNOWN};

    for (size_t i = 0; i < session->process_count; i++) {
        struct verdict one = verdict_of_process(session, &session->processes[i]);

        sum.leaks += one.leaks;
        sum.cycles += one.cycles;
        sum.lost.blocks += one.lost.blocks;
        sum.lost.bytes += one.lost.bytes;
        add_python(&sum.python, &one.python);
        sum.leaking_processes += one.leaking_processes;
        sum.unchecked_processes += one.unchecked_processes;
        if (!sum.leaking)
            sum.leaking = one.leaking;
        if (!sum.unchecked) {
            sum.unchecked = one.unchecked;
            sum.why_not = one.why_not;
            sum.of_python = one.of_python;
        }
    }
    if (sum.leaking_processes)
        sum.kind = VERDICT_LEAKS;
    else if (sum.unchecked_processes || session->damaged_count || session->unrecorded_count)
        sum.kind = VERDICT_UNKNOWN;
    return sum;
}

bool verdict_is_neutral(const struct verdict *verdict)
{
    return verdict->kind == VERDICT_NO_LEAKS && verdict->python.waiting_cycles > 0;
}

/* "in robot (pid 12)", "in 2 of 7 processes" */
static struct label where(const struct session *session, const struct verdict *verdict)
{
    const struct process *process = verdict->leaking ? verdict->leaking : session->processes;
    struct label label;

    if (session->process_count == 1 || verdict->leaking_processes == 1)
        snprintf(label.text, sizeof(label.text), "in %.900s (pid %d)", label_process(process).text,
                 process->pid);
    else if (verdict->leaking_processes)
        snprintf(label.text, sizeof(label.text), "in %zu of %s", verdict->leaking_processes,
                 format_plural(session->process_count, "process").text);
    else
        snprintf(label.text, sizeof(label.text), "in %s",
                 format_plural(session->process_count, "process").text);
    return label;
}

/* What a program did between its last snapshot and its death is unknown. */
static const char *moment(const struct session *session)
{
    for (size_t i = 0; i < session->process_count; i++)
        if (session->processes[i].ended == ENDED_KILLED)
            return session->process_count == 1 ? " at its last snapshot, before it was killed"
                                               : "; of what was killed, at the last snapshot";
    return "";
}

/* "3 leaks and 2 cycles", one of the two when there is only that */
static struct label findings(const struct verdict *verdict)
{
    struct formatted leaks = format_plural(verdict->leaks, "leak"),
                     cycles = format_plural(verdict->cycles, "cycle");
    bool both = verdict->leaks && verdict->cycles;
    struct label label;

    snprintf(label.text, sizeof(label.text), "%s%s%s",
             verdict->leaks || !verdict->cycles ? leaks.text : "", both ? " and " : "",
             verdict->cycles ? cycles.text : "");
    return label;
}

struct label verdict_unrecorded(const struct unrecorded *unrecorded)
{
    struct label label, name = label_process(&unrecorded->process);
    char pid[128] = "";

    if (unrecorded->process.pid && unrecorded->count > 1)
        snprintf(pid, sizeof(pid), " (pid %d and %s more)", unrecorded->process.pid,
                 format_count(unrecorded->count - 1).text);
    else if (unrecorded->process.pid)
        snprintf(pid, sizeof(pid), " (pid %d)", unrecorded->process.pid);
    snprintf(label.text, sizeof(label.text), "%.300s%s was not recorded: %.500s", name.text, pid,
             unrecorded->why);
    return label;
}

static struct label doubt(const struct session *session, const struct verdict *verdict)
{
    struct label label = {""};
    const char *what = verdict->of_python ? "Python's garbage was not checked: " : "";

    if (verdict->unchecked_processes > 1 || (verdict->unchecked && verdict->leaking))
        snprintf(label.text, sizeof(label.text), "%s not checked (%.100s, pid %d: %s%.500s)",
                 format_plural(verdict->unchecked_processes, "process").text,
                 label_process(verdict->unchecked).text, verdict->unchecked->pid, what,
                 verdict->why_not);
    else if (verdict->unchecked)
        snprintf(label.text, sizeof(label.text), "%.300s (pid %d): %s%.600s",
                 label_process(verdict->unchecked).text, verdict->unchecked->pid, what,
                 verdict->why_not);
    else if (session->unrecorded_count)
        label = verdict_unrecorded(&session->unrecorded[0]);
    else if (session->damaged_count)
        snprintf(label.text, sizeof(label.text), "%s",
                 format_plural(session->damaged_count, "damaged recording").text);
    else if (!session->process_count)
        snprintf(label.text, sizeof(label.text), "nothing was recorded");
    return label;
}

/* "3 leaks: 1.2 KiB in 4 blocks lost", "" without any */
static struct label lost(const struct verdict *verdict)
{
    struct label label = {""};

    if (verdict->lost.blocks || verdict->cycles)
        snprintf(label.text, sizeof(label.text), "%.200s: %s in %s lost", findings(verdict).text,
                 format_size(verdict->lost.bytes).text,
                 format_plural(verdict->lost.blocks, "block").text);
    return label;
}

/* "4 Python objects with a reference too many, 1.0 KiB", "" without any */
static struct label forgotten(const struct verdict_python *python)
{
    struct label label = {""};

    if (python->forgotten_objects)
        snprintf(label.text, sizeof(label.text), "%s with a reference too many, %s",
                 format_plural(python->forgotten_objects, "Python object").text,
                 format_size(python->forgotten_bytes).text);
    return label;
}

/* "7 cycles of Python garbage (28 objects, 3.0 KiB) with the collector off", "" without any */
static struct label garbage(uint64_t cycles, uint64_t objects, uint64_t bytes, const char *what)
{
    struct label label = {""};

    if (objects)
        snprintf(label.text, sizeof(label.text), "%s of Python garbage (%s, %s) %s",
                 format_plural(cycles, "cycle").text, format_plural(objects, "object").text,
                 format_size(bytes).text, what);
    return label;
}

/* "3 cycles through C++ and Python, 1.0 KiB", "" without any */
static struct label mixed(const struct verdict_python *python)
{
    struct label label = {""};

    if (python->mixed_cycles)
        snprintf(label.text, sizeof(label.text), "%s through C++ and Python, %s",
                 format_plural(python->mixed_cycles, "cycle").text,
                 format_size(python->mixed_bytes).text);
    return label;
}

/* Those of the four that there are. */
static struct label all_leaks(const struct verdict *verdict)
{
    const struct verdict_python *python = &verdict->python;
    const struct label parts[] = {
        lost(verdict),
        forgotten(python),
        mixed(python),
        garbage(python->stuck_cycles, python->stuck_objects, python->stuck_bytes,
                "with the collector off"),
    };
    struct label all = {""};
    size_t used = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (parts[i].text[0])
            used += (size_t)snprintf(all.text + used, sizeof(all.text) - used, "%s%.300s",
                                     used ? "; " : "", parts[i].text);
    return all;
}

void verdict_line(const struct session *session, const struct verdict *verdict,
                  char line[VERDICT_BYTES])
{
    struct label doubts = doubt(session, verdict);
    struct label waiting = garbage(verdict->python.waiting_cycles, verdict->python.waiting_objects,
                                   verdict->python.waiting_bytes,
                                   verdict->python.waiting_cycles == 1 ? "waits for the collector"
                                                                       : "wait for the collector");
    const char *and = waiting.text[0] ? "; " : "";

    switch (verdict->kind) {
    case VERDICT_UNKNOWN:
        snprintf(line, VERDICT_BYTES, "no verdict: %.1000s%s%.300s", doubts.text, and,
                 waiting.text);
        break;
    case VERDICT_LEAKS:
        snprintf(line, VERDICT_BYTES, "%.500s %.250s%s%.150s%s%.550s", all_leaks(verdict).text,
                 where(session, verdict).text, and, waiting.text, doubts.text[0] ? "; " : "",
                 doubts.text);
        break;
    case VERDICT_NO_LEAKS:
        snprintf(line, VERDICT_BYTES, "no leaks %.900s%s%s%.300s", where(session, verdict).text,
                 moment(session), and, waiting.text);
        break;
    }
}
