/* SPDX-License-Identifier: MIT */
#include "report/metrics/openmetrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/recording/timeline.h"
#include "analyzer/sites/growth.h"
#include "report/view/labels.h"

enum { MOST_LINES = 20 };

/* A value of a process; NAN: there is none, and no sample is written. */
typedef double (*metric_value)(const struct process *process);

struct metric {
    const char *name, *type, *unit, *help;
    metric_value value;
};

static double heap_bytes(const struct process *process)
{
    return (double)process->totals.live_bytes;
}

static double heap_blocks(const struct process *process)
{
    return (double)process->totals.live_blocks;
}

static double peak_bytes(const struct process *process)
{
    return (double)process->totals.peak_bytes;
}

static double resident_bytes(const struct process *process)
{
    const struct timeline *timeline = process->timeline;
    const struct timeline_sample *last =
        timeline && timeline->sample_count ? &timeline->samples[timeline->sample_count - 1] : NULL;
    return last && last->rss_bytes ? (double)last->rss_bytes : NAN;
}

static double growth_rate(const struct process *process)
{
    struct growth growth;
    if (!process->timeline || !growth_of_heap(process->timeline, &growth))
        return NAN;
    return growth.keeps_growing ? growth.bytes_per_second : 0;
}

static double allocations(const struct process *process)
{
    return (double)process->totals.allocations;
}

static double allocated_bytes(const struct process *process)
{
    return (double)process->totals.allocated_bytes;
}

static double frees(const struct process *process)
{
    return (double)process->totals.frees;
}

static double is_judged(const struct process *process)
{
    return process->leaks.checked;
}

static double leaked_bytes(const struct process *process)
{
    return process->leaks.checked ? (double)process->leaks.all.bytes : NAN;
}

static double leaked_blocks(const struct process *process)
{
    return process->leaks.checked ? (double)process->leaks.all.blocks : NAN;
}

static double cycles(const struct process *process)
{
    return process->leaks.checked ? (double)process->cycles_total : NAN;
}

static double garbage_bytes(const struct process *process)
{
    const struct python *python = process->python;
    return python && python->checked ? (double)python->garbage_retained_bytes : NAN;
}

static double memory_errors(const struct process *process)
{
    double count = 0;
    for (size_t i = 0; i < process->error_count; i++)
        count += (double)process->errors[i].count;
    return count;
}

static double dropped(const struct process *process)
{
    return (double)process->totals.dropped;
}

static const struct metric metrics[] = {
    {"heap_bytes", "gauge", "bytes", "Live bytes that malloc and its like gave out.", heap_bytes},
    {"heap_blocks", "gauge", NULL, "Live blocks.", heap_blocks},
    {"heap_peak_bytes", "gauge", "bytes", "The most live bytes so far.", peak_bytes},
    {"resident_bytes", "gauge", "bytes", "Resident memory when it was last looked at.",
     resident_bytes},
    {"heap_growth_bytes_per_second", "gauge", NULL,
     "How fast the heap keeps growing once the program is warm; 0 where it does not.", growth_rate},
    {"allocations", "counter", NULL, "Blocks allocated.", allocations},
    {"allocated_bytes", "counter", "bytes", "Bytes allocated.", allocated_bytes},
    {"frees", "counter", NULL, "Blocks freed.", frees},
    {"judged", "gauge", NULL, "1 where the heap was searched for leaks, otherwise 0.", is_judged},
    {"leaked_bytes", "gauge", "bytes", "Bytes that nothing leads to any more.", leaked_bytes},
    {"leaked_blocks", "gauge", NULL, "Blocks that nothing leads to any more.", leaked_blocks},
    {"cycles", "gauge", NULL, "Cycles of blocks that only hold one another.", cycles},
    {"python_garbage_bytes", "gauge", "bytes", "What Python's uncollected cycles keep.",
     garbage_bytes},
    {"memory_errors", "counter", NULL, "Double, invalid and mismatched frees.", memory_errors},
    {"events_dropped", "counter", NULL, "What could not be recorded.", dropped},
};

/* What became another program holds no memory any more. */
static bool is_shown(const struct process *process)
{
    return process->ended != ENDED_EXEC;
}

/* --- the text --- */

static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", file);
        else if (*text == '\\' || *text == '"')
            fprintf(file, "\\%c", *text);
        else
            fputc(*text, file);
    }
}

static void write_label(FILE *file, const char *name, const char *value)
{
    fprintf(file, "%s=\"", name);
    write_escaped(file, value);
    fputc('"', file);
}

static void write_labels(FILE *file, const struct process *process)
{
    const char *slash = strrchr(process->path, '/'), *name = slash ? slash + 1 : process->path;
    struct label recording;

    snprintf(recording.text, sizeof(recording.text), "%.*s", (int)strcspn(name, "\n") - 4, name);
    write_label(file, "process", label_process(process).text);
    fprintf(file, ",pid=\"%d\",", process->pid);
    write_label(file, "recording", recording.text);
}

static void write_head(FILE *file, const struct metric *metric)
{
    fprintf(file, "# TYPE leakgraph_%s %s\n", metric->name, metric->type);
    if (metric->unit)
        fprintf(file, "# UNIT leakgraph_%s %s\n", metric->name, metric->unit);
    fprintf(file, "# HELP leakgraph_%s %s\n", metric->name, metric->help);
}

static void write_metric(FILE *file, const struct session *session, const struct metric *metric)
{
    const char *suffix = strcmp(metric->type, "counter") == 0 ? "_total" : "";

    write_head(file, metric);
    for (size_t i = 0; i < session->process_count; i++) {
        double value = metric->value(&session->processes[i]);

        if (!is_shown(&session->processes[i]) || isnan(value))
            continue;
        fprintf(file, "leakgraph_%s%s{", metric->name, suffix);
        write_labels(file, &session->processes[i]);
        fprintf(file, "} %.17g\n", value);
    }
}

/* --- lines --- */

static const struct metric line_metric = {
    "line_live_bytes", "gauge", "bytes",
    "Live bytes by the innermost line with a source; the others, and those without, as one.", NULL};

static int compare_live(const void *left, const void *right)
{
    const struct line *one = *(const struct line *const *)left;
    const struct line *other = *(const struct line *const *)right;

    if (one->figures.live_bytes != other->figures.live_bytes)
        return one->figures.live_bytes > other->figures.live_bytes ? -1 : 1;
    return one < other ? -1 : one > other;
}

static void write_line(FILE *file, const struct process *process, const char *function,
                       const char *source, uint64_t bytes)
{
    fprintf(file, "leakgraph_%s{", line_metric.name);
    write_labels(file, process);
    fputc(',', file);
    write_label(file, "function", function);
    fputc(',', file);
    write_label(file, "source", source);
    fprintf(file, "} %" PRIu64 "\n", bytes);
}

static void write_named_line(FILE *file, const struct process *process, const struct line *line)
{
    struct frame frame = {.function = line->function};
    struct label source;

    snprintf(source.text, sizeof(source.text), "%s:%u", line->file, line->line);
    write_line(file, process, label_function(&frame).text, source.text, line->figures.live_bytes);
}

static bool write_lines(FILE *file, const struct process *process)
{
    const struct line **lines = calloc(process->line_count + 1, sizeof(*lines));
    uint64_t others = process->totals.live_bytes;

    if (!lines)
        return false;
    for (size_t i = 0; i < process->line_count; i++)
        lines[i] = &process->lines[i];
    qsort(lines, process->line_count, sizeof(*lines), compare_live);
    for (size_t i = 0; i < process->line_count && i < MOST_LINES; i++) {
        uint64_t bytes = lines[i]->figures.live_bytes;

        if (!bytes)
            break;
        write_named_line(file, process, lines[i]);
        others -= bytes < others ? bytes : others;
    }
    write_line(file, process, "others", "", others);
    free(lines);
    return true;
}

bool openmetrics_write(const struct session *session, FILE *file, struct error *error)
{
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        write_metric(file, session, &metrics[i]);
    write_head(file, &line_metric);
    for (size_t i = 0; i < session->process_count; i++)
        if (is_shown(&session->processes[i]) && !write_lines(file, &session->processes[i]))
            return error_set(error, "out of memory"), false;
    fputs("# EOF\n", file);
    return true;
}
