/* SPDX-License-Identifier: MIT */
/* Where the memory was at the peak, and what allocates most. */
#include <stdlib.h>
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
        fprintf(writer->file, "  %12s  %12s  %5s  ", "", format_size(sites[i]->peak_bytes).text,
                format_percent(sites[i]->peak_bytes, totals->peak_bytes).text);
        write_place(writer, sites[i]);
    }
}

static void write_site_rows(const struct text_writer *writer, const struct process *process, site_value *value,
                            uint64_t whole)
{
    const struct site *sites[HOT_SPOTS];
    size_t count = pick(process, value, sites);

    for (size_t i = 0; i < count; i++) {
        fprintf(writer->file, "  %12s  %12s  %5s  ", format_count(value(sites[i])).text,
                format_size(sites[i]->allocated_bytes).text, format_percent(value(sites[i]), whole).text);
        write_place(writer, sites[i]);
    }
}

static void write_allocations(const struct text_writer *writer, const struct process *process)
{
    const struct totals *totals = &process->totals;

    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", format_plural(totals->allocations, "allocation").text);
    fprintf(writer->file, " of %s in all", format_size(totals->allocated_bytes).text);
    if (totals->threads > 1)
        fprintf(writer->file, ", by %s", format_plural(totals->threads, "thread").text);
    fputc('\n', writer->file);
    write_site_rows(writer, process, allocations_of, totals->allocations);
    if (totals->temporary_allocations * 10 < totals->allocations || !totals->temporary_allocations)
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", format_plural(totals->temporary_allocations, "temporary allocation").text);
    fprintf(writer->file, " (%s), freed before the thread's next one\n",
            format_percent(totals->temporary_allocations, totals->allocations).text);
    write_site_rows(writer, process, temporary_of, totals->temporary_allocations);
}

static void write_lines(const struct text_writer *writer, const struct process *process)
{
    if (process->line_count)
        fputc('\n', writer->file);
    if (process->line_count)
        text_styled(writer, STYLE_HEADING, "Hot lines\n");
    for (size_t i = 0; i < process->line_count && i < HOT_SPOTS; i++) {
        const struct line *line = &process->lines[i];
        struct frame frame = {.function = line->function, .file = line->file, .line = line->line};
        struct label source = label_source(&frame), function = line->function ? label_function(&frame) : (struct label){""};

        fprintf(writer->file, "  %12s  %12s  %5s  ", format_count(line->allocations).text,
                format_size(line->allocated_bytes).text,
                format_percent(line->allocated_bytes, process->totals.allocated_bytes).text);
        text_styled(writer, STYLE_STRONG, "%s", source.text);
        fprintf(writer->file, "  %s\n", label_fit(function, text_room(writer, TABLE_WIDTH + (unsigned)strlen(source.text)), writer->options->style.utf8).text);
    }
}

void text_usage(const struct text_writer *writer, const struct process *process)
{
    if (!process->totals.allocations && !process->totals.peak_bytes)
        return;
    write_peak(writer, process);
    write_allocations(writer, process);
    write_lines(writer, process);
}
