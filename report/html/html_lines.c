/* SPDX-License-Identifier: MIT */
/* The hottest lines in the page, with annotated source around them if it can be read. */
#include <string.h>

#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/base/utf8.h"
#include "report/html/html_parts.h"
#include "report/view/labels.h"
#include "report/view/places.h"
#include "report/view/source_file.h"

enum { SHOWN = 30, AROUND = 6, GUTTER = 13, UNFOLDED = 3 };

/* What is known about a line of a file; NULL: it allocated nothing. */
static const struct line *find_line(const struct process *process, const char *file,
                                    unsigned number)
{
    for (size_t i = 0; i < process->line_count; i++)
        if (process->lines[i].line == number && strcmp(process->lines[i].file, file) == 0)
            return &process->lines[i];
    return NULL;
}

static void write_source_line(const struct html_writer *writer, const struct source_file *source,
                              unsigned number, const struct line *line, bool hot)
{
    FILE *file = writer->file;
    char clean[512];

    utf8_copy(clean, sizeof(clean), source_file_line(source, number), false);
    fprintf(file, "%s%*s%*s%*s %5u  ", hot ? "<span class=\"hot\">" : "", GUTTER,
            line ? format_size(line->figures.allocated_bytes).text : "", GUTTER,
            line && line->figures.peak_bytes ? format_size(line->figures.peak_bytes).text : "",
            GUTTER,
            line && line->figures.leaked_bytes ? format_size(line->figures.leaked_bytes).text : "",
            number);
    markup_text(file, clean);
    fputs(hot ? "</span>\n" : "\n", file);
}

static void write_source(const struct html_writer *writer, const struct process *process,
                         const struct line *line)
{
    unsigned first = line->line > AROUND ? line->line - AROUND : 1;
    struct source_file source;

    if (!source_file_read(&source, line->file)) {
        fputs("<p class=\"faint\">source not found: ", writer->file);
        markup_text(writer->file, source.tried ? source.tried : line->file);
        fputs("</p>", writer->file);
        source_file_release(&source);
        return;
    }
    fprintf(writer->file,
            "<pre class=\"source\" tabindex=\"0\"><span class=\"faint\">%*s%*s%*s  line  ", GUTTER,
            "allocated", GUTTER, "at the peak", GUTTER, "leaked");
    markup_text(writer->file, line->file);
    fputs("</span>\n", writer->file);
    for (unsigned number = first; number <= line->line + AROUND && number <= source.line_count;
         number++)
        write_source_line(writer, &source, number, find_line(process, line->file, number),
                          number == line->line);
    fputs("</pre>", writer->file);
    source_file_release(&source);
}

static void write_figures(const struct html_writer *writer, uint64_t allocations,
                          uint64_t temporary, const uint64_t bytes[3])
{
    FILE *file = writer->file;

    fprintf(file, "<span>%s</span>", format_count(allocations).text);
    for (unsigned i = 0; i < 3; i++)
        fprintf(file, "<span>%s</span>", bytes[i] ? format_size(bytes[i]).text : "");
    fprintf(file, "<span>%s</span>", temporary ? format_percent(temporary, allocations).text : "");
}

static void write_line(const struct html_writer *writer, const struct process *process,
                       const struct line *line, bool unfolded)
{
    const struct frame frame = {.function = line->function, .file = line->file, .line = line->line};

    fputs(unfolded ? "<details open><summary>" : "<details><summary>", writer->file);
    write_figures(writer, line->figures.allocations, line->figures.temporary_allocations,
                  (const uint64_t[]){line->figures.allocated_bytes, line->figures.peak_bytes,
                                     line->figures.leaked_bytes});
    fputs("<span>", writer->file);
    markup_text(writer->file, label_place(&frame).text);
    fputs("</span></summary>", writer->file);
    write_source(writer, process, line);
    fputs("</details>\n", writer->file);
}

/* Without debug info: functions, or whatever is known. */
static void write_places(const struct html_writer *writer, const struct process *process)
{
    struct places places;

    if (places_collect(&places, process))
        places_sort_by_allocations(&places);
    for (size_t i = 0; i < places.count && i < SHOWN; i++) {
        const struct place *place = &places.places[i];

        fputs("<div class=\"row\">", writer->file);
        write_figures(
            writer, place->figures.allocations, place->figures.temporary_allocations,
            (const uint64_t[]){place->figures.allocated_bytes, place->figures.peak_bytes, 0});
        fputs("<span>", writer->file);
        if (place->site)
            html_stack(writer, &place->site->stack);
        fputs("</span></div>\n", writer->file);
    }
    places_release(&places);
}

bool html_lines(const struct html_writer *writer, const struct process *process,
                struct error *error)
{
    (void)error;
    fputs("<div class=\"lines\"><div class=\"row head\"><span>allocations</span><span>bytes</span>"
          "<span>at the "
          "peak</span><span>leaked</span><span>temporary</span><span>line</span></div>\n",
          writer->file);
    for (size_t i = 0; i < process->line_count && i < SHOWN; i++)
        write_line(writer, process, &process->lines[i], i < UNFOLDED && writer->process == 0);
    if (!process->line_count)
        write_places(writer, process);
    fputs("</div>\n", writer->file);
    html_more(writer, process->line_count, SHOWN, "line");
    return true;
}
