/* SPDX-License-Identifier: MIT */
#include "report/gate/subjects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/view/labels.h"

/* A finding of one process, before those of the same name are combined. */
struct part {
    struct finding finding;
    unsigned run;
};

struct collector {
    struct arena *arena, *scratch;
    const struct subjects_request *request;
    unsigned runs, needed;
};

static int descending(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;

    return one > other ? -1 : one < other;
}

/* The amount that `needed` of the runs reached. Sorts the values. */
static uint64_t repeated(const struct collector *collector, uint64_t *values)
{
    qsort(values, collector->runs, sizeof(*values), descending);
    return values[collector->needed - 1];
}

/* --- findings --- */

static int compare_parts(const void *left, const void *right)
{
    const struct part *one = left, *other = right;
    int order = findings_compare(&one->finding, &other->finding);

    if (order)
        return order;
    if (one->run != other->run)
        return one->run < other->run ? -1 : 1;
    return one->finding.all.bytes > other->finding.all.bytes ? -1 : 1;
}

static struct part *collect_parts(const struct collector *collector, const struct subject *subject,
                                  const unsigned *runs, size_t *count)
{
    struct findings *lists = arena_array(collector->scratch, subject->count, sizeof(*lists));
    struct part *parts;

    *count = 0;
    for (size_t i = 0; i < subject->count; i++) {
        findings_collect(&lists[i], collector->scratch, subject->all[i],
                         &collector->request->real_time);
        *count += lists[i].count;
    }
    parts = arena_array(collector->scratch, *count, sizeof(*parts));
    for (size_t i = 0, next = 0; i < subject->count; i++)
        for (size_t k = 0; k < lists[i].count; k++)
            parts[next++] = (struct part){lists[i].all[k], runs[i]};
    if (*count)
        qsort(parts, *count, sizeof(*parts), compare_parts);
    return parts;
}

/* Of several processes in one run, the largest amount counts. */
static void add_part(struct finding *finding, const struct part *part)
{
    struct quantity *run = &finding->by_run[part->run];

    finding->seen += run->count == 0;
    if (run->count < part->finding.all.count)
        run->count = part->finding.all.count;
    if (run->bytes < part->finding.all.bytes)
        run->bytes = part->finding.all.bytes;
    if (finding->direct_blocks < part->finding.direct_blocks)
        finding->direct_blocks = part->finding.direct_blocks;
}

static void sum_runs(const struct collector *collector, struct finding *finding)
{
    uint64_t *counts = arena_array(collector->scratch, collector->runs, sizeof(*counts));
    uint64_t *bytes = arena_array(collector->scratch, collector->runs, sizeof(*bytes));

    for (unsigned run = 0; run < collector->runs; run++) {
        counts[run] = finding->by_run[run].count;
        bytes[run] = finding->by_run[run].bytes;
    }
    finding->all = (struct quantity){repeated(collector, counts), repeated(collector, bytes)};
}

static void merge_findings(const struct collector *collector, struct subject *subject,
                           const unsigned *runs)
{
    size_t count;
    const struct part *parts = collect_parts(collector, subject, runs, &count);
    struct findings *findings = &subject->findings;

    findings->all = arena_array(collector->arena, count, sizeof(*findings->all));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || findings_compare(&parts[i].finding, &parts[i - 1].finding) != 0) {
            struct finding *finding = &findings->all[findings->count++];

            *finding = parts[i].finding;
            finding->by_run =
                arena_array(collector->arena, collector->runs, sizeof(*finding->by_run));
        }
        add_part(&findings->all[findings->count - 1], &parts[i]);
    }
    for (size_t i = 0; i < findings->count; i++)
        sum_runs(collector, &findings->all[i]);
}

/* --- figures of a whole process --- */

static uint64_t growth_of(const struct process *process)
{
    struct growth growth;

    return growth_of_heap(process->timeline, &growth) ? findings_per_minute(&growth) : 0;
}

static bool knows_growth(const struct process *process)
{
    struct growth growth;

    return growth_of_heap(process->timeline, &growth);
}

static uint64_t peak_of(const struct process *process)
{
    return process->totals.peak_bytes;
}

static uint64_t repeated_figure(const struct collector *collector, const struct subject *subject,
                                const unsigned *runs,
                                uint64_t (*figure)(const struct process *process))
{
    uint64_t *by_run = arena_array(collector->scratch, collector->runs, sizeof(*by_run));

    for (size_t i = 0; i < subject->count; i++)
        if (by_run[runs[i]] < figure(subject->all[i]))
            by_run[runs[i]] = figure(subject->all[i]);
    return repeated(collector, by_run);
}

static void finish(const struct collector *collector, struct subject *subject, const unsigned *runs)
{
    merge_findings(collector, subject, runs);
    subject->runs = collector->runs;
    subject->peak_bytes = repeated_figure(collector, subject, runs, peak_of);
    subject->growth_bytes = repeated_figure(collector, subject, runs, growth_of);
    subject->knows_growth = true;
    for (size_t i = 0; i < subject->count; i++) {
        subject->knows_growth &= knows_growth(subject->all[i]);
        subject->seen += i == 0 || runs[i] != runs[i - 1];
    }
}

/* --- who --- */

static bool same_name(const struct process *one, const struct process *other)
{
    return strcmp(label_process(one).text, label_process(other).text) == 0;
}

/* Collects the processes of the same subject, from the given one on; `runs` gets the run of each.
 */
static void gather(const struct collector *collector, struct subject *subject, size_t from_session,
                   size_t from_process, unsigned *runs)
{
    const struct subjects_request *request = collector->request;

    for (size_t i = from_session; i < request->session_count; i++) {
        const struct session *session = request->sessions[i];

        for (size_t k = i == from_session ? from_process : 0; k < session->process_count; k++) {
            const struct process *process = &session->processes[k];

            if (subject->count && !request->repeated)
                return;
            if (subject->count && !same_name(subject->process, process))
                continue;
            if (!subject->count)
                subject->process = process, subject->session = session;
            runs[subject->count] = request->repeated ? (unsigned)i : 0;
            subject->sessions[subject->count] = session;
            subject->all[subject->count++] = process;
        }
    }
}

static bool is_gathered(const struct subjects *subjects, const struct process *process)
{
    for (size_t i = 0; i < subjects->count; i++)
        if (same_name(subjects->all[i].process, process))
            return true;
    return false;
}

static void add_subject(struct subjects *subjects, struct collector *collector, size_t session,
                        size_t process, size_t most)
{
    struct subject *subject = &subjects->all[subjects->count++];
    size_t room = collector->request->repeated ? most : 1;
    unsigned *runs = arena_array(collector->scratch, room, sizeof(*runs));

    subject->all = arena_array(collector->arena, room, sizeof(*subject->all));
    subject->sessions = arena_array(collector->arena, room, sizeof(*subject->sessions));
    gather(collector, subject, session, process, runs);
    finish(collector, subject, runs);
}

void subjects_collect(struct subjects *subjects, struct arena *arena,
                      const struct subjects_request *request)
{
    struct collector collector = {.arena = arena, .request = request, .runs = 1, .needed = 1};
    size_t most = 0;

    if (request->repeated)
        collector.runs = (unsigned)request->session_count;
    if (request->repeated && request->needed)
        collector.needed = request->needed < collector.runs ? request->needed : collector.runs;
    for (size_t i = 0; i < request->session_count; i++)
        most += request->sessions[i]->process_count;
    *subjects = (struct subjects){.all = arena_array(arena, most, sizeof(*subjects->all))};
    for (size_t i = 0; i < request->session_count; i++) {
        for (size_t k = 0; k < request->sessions[i]->process_count; k++) {
            if (request->repeated && is_gathered(subjects, &request->sessions[i]->processes[k]))
                continue;
            collector.scratch = arena_child(arena);
            add_subject(subjects, &collector, i, k, most);
            arena_free(collector.scratch);
        }
    }
}

struct label subject_label(const struct subject *subject)
{
    struct label name = label_process(subject->process), label;

    if (subject->runs > 1)
        return name;
    snprintf(label.text, sizeof(label.text), "%.900s (pid %d)", name.text, subject->process->pid);
    return label;
}
