/* SPDX-License-Identifier: MIT */
/* Cycles, leaks, wrong frees and advice in the page. */
#include "report/dot.h"
#include "report/format.h"
#include "report/graphviz.h"
#include "report/html_parts.h"
#include "report/labels.h"
#include "report/markup.h"

enum { DRAWN_CYCLES = 8, DRAWN_MEMBERS = 30 };

static void number(const struct html_writer *writer, const char *text)
{
    fprintf(writer->file, "<td class=\"number\">%s</td>", text);
}

/* --- cycles --- */

/* Graphviz writes a whole document: what comes before the element does not belong into a page. */
static void copy_element(FILE *drawing, FILE *file)
{
    char line[4096];
    bool inside = false;

    rewind(drawing);
    while (fgets(line, sizeof(line), drawing)) {
        if (!inside && line[0] == '<' && line[1] == 's' && line[2] == 'v' && line[3] == 'g')
            inside = true;
        if (inside)
            fputs(line, file);
    }
}

/* What cannot be drawn is told in the list below anyhow. */
static void draw_cycles(const struct html_writer *writer, const struct process *process)
{
    const struct dot_options options = {.top = DRAWN_CYCLES, .members = DRAWN_MEMBERS};
    struct session alone = *writer->session;
    struct error error = {0};
    FILE *source = graphviz_source(&error), *drawing = tmpfile();

    alone.processes = (struct process *)process;
    alone.process_count = 1;
    if (source && drawing && dot_write(&alone, &options, source, &error)) {
        if (graphviz_draw(source, "svg", drawing, &error)) {
            fputs("<div class=\"drawing\">\n", writer->file);
            copy_element(drawing, writer->file);
            fputs("</div>\n", writer->file);
        }
        source = NULL;
    }
    if (error.message[0]) {
        fputs("<p class=\"faint\">not drawn: ", writer->file);
        markup_text(writer->file, error.message);
        fputs("</p>\n", writer->file);
    }
    if (source)
        fclose(source);
    if (drawing)
        fclose(drawing);
}

static void write_edges(const struct html_writer *writer, const struct cycle *cycle)
{
    fputs("<ol>", writer->file);
    for (size_t i = 0; i < cycle->edge_count && i < DRAWN_MEMBERS; i++) {
        const struct cycle_edge *edge = &cycle->edges[i];

        fputs(i == cycle->weaken ? "<li class=\"bad\">" : "<li>", writer->file);
        markup_text(writer->file, label_member(&cycle->members[edge->from]).text);
        fputs(" <b>", writer->file);
        markup_text(writer->file, label_edge(edge).text);
        fputs("</b> → ", writer->file);
        markup_text(writer->file, label_member(&cycle->members[edge->to]).text);
        if (i == cycle->weaken) {
            fputs(" — cut this one", writer->file);
            if (cycle->why_weaken) {
                fputs(": ", writer->file);
                markup_text(writer->file, cycle->why_weaken);
            }
        }
        fputs("</li>", writer->file);
    }
    if (cycle->edge_count > DRAWN_MEMBERS)
        fprintf(writer->file, "<li class=\"faint\">%s more</li>",
                format_plural(cycle->edge_count - DRAWN_MEMBERS, "pointer").text);
    fputs("</ol>", writer->file);
}

static void write_cycle(const struct html_writer *writer, const struct cycle *cycle)
{
    fputs("<tr>", writer->file);
    number(writer, format_count(cycle->count).text);
    number(writer, format_size(cycle->amount.bytes).text);
    number(writer, format_size(cycle->retained_bytes).text);
    fputs("<td>", writer->file);
    write_edges(writer, cycle);
    if (cycle->member_count && cycle->members[0].site)
        html_stack(writer, &cycle->members[0].site->stack);
    fputs("</td></tr>\n", writer->file);
}

static void write_cycles(const struct html_writer *writer, const struct process *process)
{
    if (!process->cycle_count)
        return;
    html_heading(writer, "cycles", "Cycles: blocks that only hold one another");
    draw_cycles(writer, process);
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">count</th>"
          "<th class=\"number\">bytes</th><th class=\"number\">retained</th>"
          "<th>pointers</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < process->cycle_count; i++)
        write_cycle(writer, &process->cycles[i]);
    fputs("</tbody></table>\n", writer->file);
}

/* --- leaks --- */

static void write_leaks(const struct html_writer *writer, const struct process *process)
{
    const struct leaks *leaks = &process->leaks;

    if (!leaks->site_count)
        return;
    html_heading(writer, "leaks", "Leaks: blocks that nothing reaches");
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">bytes</th>"
          "<th class=\"number\">blocks</th><th class=\"number\">retained</th><th>class</th>"
          "<th>allocated by</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < leaks->site_count; i++) {
        const struct leak *leak = &leaks->sites[i];

        fputs("<tr>", writer->file);
        number(writer, format_size(leak->amount.bytes).text);
        number(writer, format_count(leak->amount.blocks).text);
        number(writer, format_size(leak->retained_bytes).text);
        fprintf(writer->file, "<td>%s</td><td>", leak_class_names[leak->class]);
        if (leak->site)
            html_stack(writer, &leak->site->stack);
        fputs("</td></tr>\n", writer->file);
    }
    fputs("</tbody></table>\n", writer->file);
}

/* --- wrong frees, advice --- */

static void write_errors(const struct html_writer *writer, const struct process *process)
{
    if (!process->error_count)
        return;
    html_heading(writer, "errors", "Wrong frees");
    fputs("<table><thead><tr><th class=\"number\">count</th><th>kind</th><th>freed by</th>"
          "<th>allocated by</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < process->error_count; i++) {
        const struct memory_error *wrong = &process->errors[i];

        fputs("<tr>", writer->file);
        number(writer, format_count(wrong->count).text);
        fprintf(writer->file, "<td>%s</td><td>", memory_error_names[wrong->kind]);
        html_stack(writer, &wrong->stack);
        fputs("</td><td>", writer->file);
        if (wrong->allocated)
            html_stack(writer, &wrong->allocated->stack);
        fputs("</td></tr>\n", writer->file);
    }
    fputs("</tbody></table>\n", writer->file);
}

static void write_advice(const struct html_writer *writer, const struct process *process)
{
    if (!process->advice_count)
        return;
    html_heading(writer, "advice", "Advice");
    fputs("<ul>", writer->file);
    for (size_t i = 0; i < process->advice_count; i++) {
        fputs("<li>", writer->file);
        markup_text(writer->file, process->advice[i].text);
        if (process->advice[i].stack.frame_count)
            html_stack(writer, &process->advice[i].stack);
        fputs("</li>\n", writer->file);
    }
    fputs("</ul>\n", writer->file);
}

bool html_findings(const struct html_writer *writer, const struct process *process,
                   struct error *error)
{
    (void)error;
    write_cycles(writer, process);
    write_leaks(writer, process);
    write_errors(writer, process);
    write_advice(writer, process);
    return true;
}
