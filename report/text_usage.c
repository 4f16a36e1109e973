/* SPDX-License-Identifier: MIT */
/* Where the memory was at the peak, and what allocates most. */
#include <string.h>

#include "report/format.h"
#include "report/labels.h"
#include "report/text_parts.h"

enum { HOT_SPOTS = 5, TABLE_WIDTH = 40 };

typedef uint64_t site_value(const struct site *site);

static uint64_t peak_of(const struct site *site)
{
    return site->peak_bytes;
}

static uint64_t allocations_of(const struct site *site)
{
    return site->allocations;
}

static uint64_t temporary_of(const struct site *site)
{
    return site->temporary_allocations;
}

/* The sites with the biggest values, biggest first; at most HOT_SPOTS. */
static size_t pick(const struct process *process, site_value *value, const struct site *picked[HOT_SPOTS])
{
    size_t count = 0;

    for (size_t i = 0; i < process->site_count; i++) {
        const struct site *site = &process->sites[i];
        size_t place = count;

        while (place && value(picked[place - 1]) < value(site))
            place--;
        if (place == HOT_SPOTS || !value(site))
            continue;
        count += count < HOT_SPOTS;
        memmove(&picked[place + 1], &picked[place], (count - place - 1) * sizeof(*picked));
        picked[place] = site;
    }
    return count;
}

static void write_place(const struct text_writer *writer, const struct site *site)
{
    text_styled(writer, STYLE_STRONG, "%s",
                label_fit(label_site(site), text_room(writer, TABLE_WIDTH), writer->options->style.utf8).text);
    fputc('\n', writer->file);
}

static void write_peak(const struct text_writer *writer, const struct process *process)
{
    const struct totals *totals = &process->totals;
    const struct site *sites[HOT_SPOTS];
    size_t count = pick(process, peak_of, sites);

    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Peak %s", format_size(totals->peak_bytes).text);
    if (totals->peak_slack_bytes)
        fprintf(writer->file, " (at most %s more)", format_size(totals->peak_slack_bytes).text);
    if (totals->inherited_bytes)
        fprintf(writer->file, ", %s of it inherited from the parent process", format_size(totals->inherited_bytes).text);
    fputc('\n', writer->file);
    for (size_t i = 0; i < count; i++) {
        fprintf(writer->file, "  %12s  %5s  ", format_size(sites[i]->peak_bytes).text,
                format_percent(sites[i]->peak_bytes, totals->peak_bytes).text);
        write_place(writer, sites[i]);
    }
}

static void write_allocations(const struct text_writer *writer, const struct process *process)
{
    const struct totals *totals = &process->totals;
    const struct site *sites[HOT_SPOTS];
    size_t count = pick(process, allocations_of, sites);

    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", format_plural(totals->allocations, "allocation").text);
    fprintf(writer->file, ", %s in all", format_size(totals->allocated_bytes).text);
    if (totals->threads > 1)
        fprintf(writer->file, ", by %s", format_plural(totals->threads, "thread").text);
    fputc('\n', writer->file);
    for (size_t i = 0; i < count; i++) {
        fprintf(writer->file, "  %12s  %5s  %10s  ", format_count(sites[i]->allocations).text,
                format_percent(sites[i]->allocations, totals->allocations).text,
                format_size(sites[i]->allocated_bytes).text);
        write_place(writer, sites[i]);
    }
}

/* A tenth and more of them are worth a look: they cost time and could often be left out. */
static void write_temporary(const struct text_writer *writer, const struct process *process)
{
    const struct totals *totals = &process->totals;
    const struct site *sites[HOT_SPOTS];
    size_t count = pick(process, temporary_of, sites);

    if (!totals->temporary_allocations || totals->temporary_allocations * 10 < totals->allocations)
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", format_plural(totals->temporary_allocations, "temporary allocation").text);
    fprintf(writer->file, " (%s), freed before the thread's next one\n",
            format_percent(totals->temporary_allocations, totals->allocations).text);
    for (size_t i = 0; i < count; i++) {
        fprintf(writer->file, "  %12s  %5s of %-12s  ", format_count(sites[i]->temporary_allocations).text,
                format_percent(sites[i]->temporary_allocations, sites[i]->allocations).text,
                format_count(sites[i]->allocations).text);
        write_place(writer, sites[i]);
    }
}

/* "  12,000   55%   1.2 MiB  map.cpp:12  load_map" */
static void write_line(const struct text_writer *writer, const struct process *process, const struct line *line)
{
    const struct style *style = &writer->options->style;
    struct frame frame = {.function = line->function, .file = line->file, .line = line->line};
    struct label source = label_source(&frame), function = {""};
    unsigned used = TABLE_WIDTH + (unsigned)strlen(source.text);

    if (line->function)
        function = label_fit(label_function(&frame), text_room(writer, used), style->utf8);
    fprintf(writer->file, "  %12s  %5s  %10s  ", format_count(line->allocations).text,
            format_percent(line->allocations, process->totals.allocations).text,
            format_size(line->allocated_bytes).text);
    text_styled(writer, STYLE_STRONG, "%s", source.text);
    fprintf(writer->file, "%s%s\n", function.text[0] ? "  " : "", function.text);
}

static void write_lines(const struct text_writer *writer, const struct process *process)
{
    if (!process->line_count)
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Hot lines");
    text_styled(writer, STYLE_FAINT, "  allocations and bytes");
    fputc('\n', writer->file);
    for (size_t i = 0; i < process->line_count && i < HOT_SPOTS; i++)
        write_line(writer, process, &process->lines[i]);
}

void text_usage(const struct text_writer *writer, const struct process *process)
{
    if (!process->totals.allocations && !process->totals.peak_bytes)
        return;
    write_peak(writer, process);
    write_allocations(writer, process);
    write_temporary(writer, process);
    write_lines(writer, process);
}
