/* SPDX-License-Identifier: MIT */
/*
 * What to do about the findings of a process, the most important first: one line each, with a link
 * to the details.
 */
#include "analyzer/sites/growth.h"
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/html/html_parts.h"
#include "report/view/labels.h"

enum { MOST_OF_A_KIND = 3 };

bool html_has_todo(const struct process *process)
{
    const struct python *python = process->python;

    return process->cycle_count || process->leaks.direct.blocks || process->error_count ||
           process->advice_count ||
           (python && (python->cycle_count || python->mixed_count || python->leak_count));
}

static void begin(const struct html_writer *writer, const char *section, const char *link)
{
    fprintf(writer->file, "<li><a href=\"#p%zu-%s\">%s</a> ", writer->process, section, link);
}

static void end(const struct html_writer *writer)
{
    fputs("</li>\n", writer->file);
}

static void write_place(const struct html_writer *writer, const struct label *place)
{
    fputs("<code>", writer->file);
    markup_text(writer->file, place->text);
    fputs("</code>", writer->file);
}

/* "Cut Route.planner: make it a std::weak_ptr ... (20 cycles, 5.6 KiB with what they hold)" */
static void write_cycles(const struct html_writer *writer, const struct cycle *cycles, size_t count,
                         const char *section, const char *verb)
{
    for (size_t i = 0; i < count && i < MOST_OF_A_KIND; i++) {
        const struct cycle *cycle = &cycles[i];
        const struct cycle_edge *edge = &cycle->edges[cycle->weaken];
        struct label where;

        if (!cycle->edge_count)
            continue;
        snprintf(where.text, sizeof(where.text), "%.1000s%s%.1000s",
                 label_member(&cycle->members[edge->from]).text, edge->label ? "." : " ",
                 label_edge(edge).text);
        begin(writer, section, verb);
        write_place(writer, &where);
        if (cycle->why_weaken) {
            fputs(": ", writer->file);
            markup_text(writer->file, cycle->why_weaken);
        }
        fprintf(writer->file, " <span class=\"faint\">%s, %s with what only they hold</span>",
                format_plural(cycle->count, "cycle").text, format_size(cycle->retained_bytes).text);
        end(writer);
    }
}

static void write_leaks(const struct html_writer *writer, const struct leaks *leaks)
{
    size_t shown = 0;

    for (size_t i = 0; i < leaks->site_count && shown < MOST_OF_A_KIND; i++) {
        const struct leak *leak = &leaks->sites[i];
        struct label place = label_site(leak->site);

        if (leak->class != LEAK_DIRECT)
            continue;
        begin(writer, "leaks", "Free");
        fprintf(writer->file, "%s, %s, made by ", format_plural(leak->amount.blocks, "block").text,
                format_size(leak->retained_bytes).text);
        write_place(writer, &place);
        fputs(": nothing points to them", writer->file);
        end(writer);
        shown++;
    }
}

static void write_errors(const struct html_writer *writer, const struct process *process)
{
    for (size_t i = 0; i < process->error_count && i < MOST_OF_A_KIND; i++) {
        struct label place = label_stack(&process->errors[i].stack);

        begin(writer, "errors", "Correct");
        fprintf(writer->file, "the %s in ", memory_error_names[process->errors[i].kind]);
        write_place(writer, &place);
        end(writer);
    }
}

static void write_python(const struct html_writer *writer, const struct python *python)
{
    write_cycles(writer, python->mixed, python->mixed_count, "python", "Release");
    write_cycles(writer, python->cycles, python->cycle_count, "python", "Make weak");
    for (size_t i = 0; i < python->leak_count && i < MOST_OF_A_KIND; i++) {
        struct label place = label_site(python->leaks[i].site);

        begin(writer, "python", "Release");
        fprintf(writer->file, "%s with a reference too many, made by ",
                format_plural(python->leaks[i].objects, "object").text);
        write_place(writer, &place);
        end(writer);
    }
}

static void write_advice(const struct html_writer *writer, const struct process *process)
{
    for (size_t i = 0; i < process->advice_count && i < MOST_OF_A_KIND; i++) {
        begin(writer, "advice", "Consider");
        markup_text(writer->file, process->advice[i].text);
        end(writer);
    }
}

bool html_todo(const struct html_writer *writer, const struct process *process, struct error *error)
{
    (void)error;
    fputs("<ul class=\"todo\">\n", writer->file);
    write_errors(writer, process);
    write_cycles(writer, process->cycles, process->cycle_count, "cycles", "Cut");
    write_leaks(writer, &process->leaks);
    if (process->python)
        write_python(writer, process->python);
    write_advice(writer, process);
    fputs("</ul>\n", writer->file);
    return true;
}
