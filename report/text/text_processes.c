/* SPDX-License-Identifier: MIT */
/* The processes of a session that get one line each: a launch starts many, often alike. */
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/base/utf8.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/verdict.h"

enum { NAME_WIDTH = 24 };

/* Processes of the same name, end and verdict. */
struct group {
    const struct process *first;
    struct verdict verdict; /* of the first */
    struct label key;       /* "\1" separates name, end and verdict */
    size_t count;
    uint64_t peak_bytes, allocations; /* biggest, sum */
};

static struct label state_of(const struct verdict *verdict)
{
    struct label label;

    switch (verdict->kind) {
    case VERDICT_LEAKS:
        snprintf(label.text, sizeof(label.text), "%s lost",
                 format_size(verdict->lost.bytes + verdict->python.forgotten_bytes +
                             verdict->python.stuck_bytes)
                     .text);
        break;
    case VERDICT_UNKNOWN:
        snprintf(label.text, sizeof(label.text), "not checked: %.900s", verdict->why_not);
        break;
    case VERDICT_NO_LEAKS:
        snprintf(label.text, sizeof(label.text), "no leaks");
        break;
    }
    return label;
}

static struct label key_of(const struct process *process, const struct verdict *verdict)
{
    struct label label;

    snprintf(label.text, sizeof(label.text), "%.300s\1%.100s\1%.600s", label_process(process).text,
             label_end(process).text, state_of(verdict).text);
    return label;
}

static void add(struct group *groups, size_t *count, const struct process *process,
                const struct verdict *verdict)
{
    struct label key = key_of(process, verdict);
    size_t i = 0;

    while (i < *count && strcmp(groups[i].key.text, key.text) != 0)
        i++;
    if (i == *count)
        groups[(*count)++] = (struct group){.first = process, .verdict = *verdict, .key = key};
    groups[i].count++;
    groups[i].allocations += process->totals.allocations;
    if (groups[i].peak_bytes < process->totals.peak_bytes)
        groups[i].peak_bytes = process->totals.peak_bytes;
}

static enum style_kind style_of_verdict(enum verdict_kind kind)
{
    return kind == VERDICT_LEAKS ? STYLE_BAD : kind == VERDICT_UNKNOWN ? STYLE_DOUBT : STYLE_FAINT;
}

static void write_group(const struct text_writer *writer, const struct group *group)
{
    const struct process *process = group->first;
    struct label name = label_fit(label_process(process), NAME_WIDTH, writer->options->style.utf8);
    int padding = NAME_WIDTH - (int)utf8_length(name.text);
    char who[32];

    if (group->count > 1)
        snprintf(who, sizeof(who), "%zu %s", group->count, writer->options->style.utf8 ? "×" : "x");
    else
        snprintf(who, sizeof(who), "%d", process->pid);
    fprintf(writer->file, "  %*s  %s%*s  %10s  %11s  %s, ",
            9 + (int)(strlen(who) - utf8_length(who)), who, name.text, padding > 0 ? padding : 0,
            "", format_size(group->peak_bytes).text, format_count(group->allocations).text,
            label_end(process).text);
    text_styled(writer, style_of_verdict(group->verdict.kind), "%s",
                state_of(&group->verdict).text);
    fputc('\n', writer->file);
}

static void write_columns(const struct text_writer *writer, bool some_shown)
{
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, some_shown ? "Other processes" : "Processes");
    fputc('\n', writer->file);
    text_styled(writer, STYLE_FAINT, "  %9s  %-*s  %10s  %11s", "pid", NAME_WIDTH, "", "peak",
                "allocations");
    fputc('\n', writer->file);
}

void text_other_processes(const struct text_writer *writer, const bool *shown)
{
    const struct session *session = writer->session;
    struct group *groups = calloc(session->process_count + 1, sizeof(*groups));
    size_t count = 0, others = 0;

    for (size_t i = 0; groups && i < session->process_count; i++) {
        struct verdict verdict = verdict_of_process(session, &session->processes[i]);

        if (shown[i])
            continue;
        add(groups, &count, &session->processes[i], &verdict);
        others++;
    }
    if (others)
        write_columns(writer, others < session->process_count);
    for (size_t i = 0; i < count; i++)
        write_group(writer, &groups[i]);
    if (others && !writer->options->findings_only) {
        text_styled(writer, STYLE_FAINT, "  --pid PID shows one of them in full");
        fputc('\n', writer->file);
    }
    free(groups);
}
