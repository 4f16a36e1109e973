/* SPDX-License-Identifier: MIT */
/* Where the memory was at the peak, and what allocates most. */
#include <string.h>

#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/places.h"

enum { HOT_SPOTS = 5, PEAK_COLUMNS = 24, ALLOCATION_COLUMNS = 42, WIDE = 100 };

static void write_label(const struct text_writer *writer, const struct place *place, unsigned used)
{
    text_styled(
        writer, STYLE_STRONG, "%s",
        label_fit(label_site(place->site), text_room(writer, used), writer->options->style.utf8)
            .text);
    fputc('\n', writer->file);
}

static void write_peak_share(const struct text_writer *writer, uint64_t bytes, uint64_t of_bytes)
{
    fprintf(writer->file, "  %13s  %5s  ", format_size(bytes).text,
            format_percent(bytes, of_bytes).text);
}

static void write_peak(const struct text_writer *writer, const struct totals *totals,
                       struct places *places)
{
    uint64_t rest = totals->peak_bytes;

    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Peak %s", format_size(totals->peak_bytes).text);
    if (totals->peak_after_ns)
        fprintf(writer->file, " after %s", format_short_time(totals->peak_after_ns).text);
    if (totals->peak_slack_bytes)
        fprintf(writer->file, " (at most %s more)", format_size(totals->peak_slack_bytes).text);
    if (totals->inherited_bytes)
        fprintf(writer->file, ", of which %s came from the parent process%s",
                format_size(totals->inherited_bytes).text,
                totals->inherited_left_out ? " (and are judged there: they are many)"
                : totals->forked_beside_threads
                    ? " (and are judged there: its other threads may hold them)"
                    : "");
    fputc('\n', writer->file);
    places_sort_by_peak(places);
    for (size_t i = 0; i < places->count && i < HOT_SPOTS && places->places[i].figures.peak_bytes;
         i++) {
        const struct place *place = &places->places[i];

        rest -= place->figures.peak_bytes < rest ? place->figures.peak_bytes : rest;
        write_peak_share(writer, place->figures.peak_bytes, totals->peak_bytes);
        write_label(writer, place, PEAK_COLUMNS);
    }
    if (rest) {
        write_peak_share(writer, rest, totals->peak_bytes);
        fputs("others\n", writer->file);
    }
}

static void write_columns(const struct text_writer *writer)
{
    text_styled(writer, STYLE_FAINT, "  %13s  %9s  %10s", "allocations", "temporary", "bytes");
    fputc('\n', writer->file);
}

static void write_figures(const struct text_writer *writer, uint64_t allocations,
                          uint64_t temporary, uint64_t bytes)
{
    fprintf(writer->file, "  %13s  %9s  %10s  ", format_count(allocations).text,
            temporary ? format_percent(temporary, allocations).text : "", format_size(bytes).text);
}

/* Half of all freed blocks lived no longer than that. */
static void write_half_life(const struct text_writer *writer, const struct totals *totals)
{
    uint64_t all = 0, shorter = 0;
    size_t i = 0;

    for (size_t k = 0; k < totals->lifetime_count; k++)
        all += totals->lifetimes[k].frees;
    while (i < totals->lifetime_count && (shorter += totals->lifetimes[i].frees) < all - all / 2)
        i++;
    if (all && totals->lifetimes[i].under_ns)
        fprintf(writer->file, "half of the freed blocks lived less than %s\n",
                format_short_time(totals->lifetimes[i].under_ns).text);
}

/* So that the list adds up to the totals. */
static void write_other_allocations(const struct text_writer *writer, const struct places *places)
{
    struct figures others = {0};

    for (size_t i = HOT_SPOTS; i < places->count; i++)
        figures_add(&others, &places->places[i].figures);
    if (!others.allocations)
        return;
    write_figures(writer, others.allocations, others.temporary_allocations, others.allocated_bytes);
    fputs("others\n", writer->file);
}

static void write_allocations(const struct text_writer *writer, const struct totals *totals,
                              struct places *places)
{
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s, %s in all",
                format_plural(totals->allocations, "allocation").text,
                format_size(totals->allocated_bytes).text);
    if (totals->temporary_allocations)
        fprintf(writer->file, ", %s temporary%s",
                format_percent(totals->temporary_allocations, totals->allocations).text,
                writer->options->style.width < WIDE ? "" : " (freed before the thread's next one)");
    if (totals->threads > 1)
        fprintf(writer->file, ", %s", format_plural(totals->threads, "thread").text);
    fputc('\n', writer->file);
    write_half_life(writer, totals);
    places_sort_by_allocations(places);
    for (size_t i = 0; i < places->count && i < HOT_SPOTS && places->places[i].figures.allocations;
         i++) {
        const struct place *place = &places->places[i];

        if (i == 0)
            write_columns(writer);
        write_figures(writer, place->figures.allocations, place->figures.temporary_allocations,
                      place->figures.allocated_bytes);
        write_label(writer, place, ALLOCATION_COLUMNS);
    }
    write_other_allocations(writer, places);
}

static void write_line(const struct text_writer *writer, const struct line *line)
{
    struct frame frame = {.function = line->function, .file = line->file, .line = line->line};
    struct label source = label_source(&frame), function = {""};
    unsigned used = ALLOCATION_COLUMNS + (unsigned)strlen(source.text);

    if (line->function)
        function =
            label_fit(label_function(&frame), text_room(writer, used), writer->options->style.utf8);
    write_figures(writer, line->figures.allocations, line->figures.temporary_allocations,
                  line->figures.allocated_bytes);
    text_styled(writer, STYLE_STRONG, "%s", source.text);
    fprintf(writer->file, "%s%s\n", function.text[0] ? "  " : "", function.text);
}

static void write_lines(const struct text_writer *writer, const struct process *process)
{
    if (process->line_count < 2) /* the first line is above already */
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Hot lines");
    fputs(", most bytes first\n", writer->file);
    write_columns(writer);
    for (size_t i = 0; i < process->line_count && i < HOT_SPOTS; i++)
        write_line(writer, &process->lines[i]);
}

void text_usage(const struct text_writer *writer, const struct process *process)
{
    struct places places;

    if (!process->totals.allocations && !process->totals.peak_bytes)
        return;
    if (places_collect(&places, process)) {
        write_peak(writer, &process->totals, &places);
        write_allocations(writer, &process->totals, &places);
    }
    write_lines(writer, process);
    places_release(&places);
}
