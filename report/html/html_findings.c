/* SPDX-License-Identifier: MIT */
/* Cycles, leaks, wrong frees and advice in the page. */
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/dot/dot.h"
#include "report/dot/graphviz.h"
#include "report/html/html_parts.h"
#include "report/view/labels.h"

enum { DRAWN_CYCLES = 8, DRAWN_MEMBERS = 30, LISTED_CYCLES = 50, LISTED_LEAKS = 200 };

/* --- cycles --- */

/*
 * Graphviz writes a whole document: skip what comes before the element, which does not belong in a
 * page.
 */
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

/* What cannot be drawn is still in the list below. */
static void draw_cycles(const struct html_writer *writer, const struct process *process)
{
    const struct dot_options options = {
        .top = DRAWN_CYCLES, .members = DRAWN_MEMBERS, .is_part_of_page = true};
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

static void write_edge(const struct html_writer *writer, const struct cycle *cycle, size_t index,
                       const char *cut)
{
    const struct cycle_edge *edge = &cycle->edges[index];

    fputs(index == cycle->weaken ? "<li class=\"bad\">" : "<li>", writer->file);
    markup_text(writer->file, label_member(&cycle->members[edge->from]).text);
    fputs(" <b>", writer->file);
    markup_text(writer->file, label_edge(edge).text);
    fputs("</b> → ", writer->file);
    markup_text(writer->file, label_member(&cycle->members[edge->to]).text);
    if (index == cycle->weaken) {
        fprintf(writer->file, " — %s%s", cut, cycle->why_weaken ? ": " : "");
        markup_text(writer->file, cycle->why_weaken ? cycle->why_weaken : "");
    }
    fputs("</li>", writer->file);
}

static void write_edges(const struct html_writer *writer, const struct cycle *cycle,
                        const char *cut)
{
    size_t shown = 0, left_out = 0;

    fputs("<ul>", writer->file);
    for (size_t i = 0; i < cycle->edge_count; i++) {
        if (i != cycle->weaken && label_edge_repeats(cycle, i))
            continue;
        if (i != cycle->weaken && shown >= DRAWN_MEMBERS) {
            left_out++;
            continue;
        }
        write_edge(writer, cycle, i, cut);
        shown++;
    }
    if (left_out)
        fprintf(writer->file, "<li class=\"faint\">%s more</li>",
                format_plural(left_out, "pointer").text);
    fputs("</ul>", writer->file);
}

static void write_cycle(const struct html_writer *writer, const struct cycle *cycle,
                        const char *cut)
{
    fputs("<tr>", writer->file);
    html_number(writer, format_count(cycle->count).text);
    html_number(writer, format_size(cycle->amount.bytes).text);
    html_number(writer, format_size(cycle->retained_bytes).text);
    fputs("<td>", writer->file);
    write_edges(writer, cycle, cut);
    if (cycle->member_count && cycle->members[0].site)
        html_stack(writer, &cycle->members[0].site->stack);
    fputs("</td></tr>\n", writer->file);
}

void html_cycle_list(const struct html_writer *writer, const struct process *process,
                     const struct cycle *cycles, size_t count, const char *cut)
{
    struct process drawn = *process;

    drawn.cycles = cycles;
    drawn.cycle_count = count;
    draw_cycles(writer, &drawn);
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">count</th>"
          "<th class=\"number\">bytes</th><th class=\"number\">retained</th>"
          "<th>pointers</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < count && i < LISTED_CYCLES; i++)
        write_cycle(writer, &cycles[i], cut);
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, count, LISTED_CYCLES, "kind");
}

bool html_cycles(const struct html_writer *writer, const struct process *process,
                 struct error *error)
{
    (void)error;
    html_cycle_list(writer, process, process->cycles, process->cycle_count, "cut this one");
    return true;
}

/* --- leaks --- */

static void write_leak(const struct html_writer *writer, const struct leak *leak)
{
    fputs("<tr>", writer->file);
    html_number(writer, format_size(leak->amount.bytes).text);
    html_number(writer, format_count(leak->amount.blocks).text);
    html_number(writer, format_size(leak->retained_bytes).text);
    fprintf(writer->file, "<td class=\"word\">%s</td><td>", leak_class_names[leak->class]);
    markup_text(writer->file, label_type(leak->type).text);
    fputs("</td><td>", writer->file);
    if (leak->site)
        html_stack(writer, &leak->site->stack);
    fputs("</td></tr>\n", writer->file);
}

bool html_leaks(const struct html_writer *writer, const struct process *process,
                struct error *error)
{
    const struct leaks *leaks = &process->leaks;

    (void)error;
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">bytes</th>"
          "<th class=\"number\">blocks</th><th class=\"number\">retained</th><th>class</th>"
          "<th>type</th><th>allocated by</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < leaks->site_count && i < LISTED_LEAKS; i++)
        write_leak(writer, &leaks->sites[i]);
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, leaks->site_count, LISTED_LEAKS, "place");
    return true;
}

bool html_pools(const struct html_writer *writer, const struct process *process,
                struct error *error)
{
    (void)error;
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">bytes</th>"
          "<th class=\"number\">blocks</th><th>pool</th><th>allocated for</th></tr></thead>"
          "<tbody>\n",
          writer->file);
    for (size_t i = 0; i < process->pool_count && i < LISTED_LEAKS; i++) {
        const struct pool *pool = &process->pools[i];

        fputs("<tr>", writer->file);
        html_number(writer, format_size(pool->amount.bytes).text);
        html_number(writer, format_count(pool->amount.blocks).text);
        fputs("<td>", writer->file);
        markup_text(writer->file, pool->name);
        fputs("</td><td>", writer->file);
        html_stack(writer, &pool->site->stack);
        fputs("</td></tr>\n", writer->file);
    }
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, process->pool_count, LISTED_LEAKS, "place");
    return true;
}

/* --- wrong frees, advice --- */

bool html_errors(const struct html_writer *writer, const struct process *process,
                 struct error *error)
{
    (void)error;
    fputs("<table><thead><tr><th class=\"number\">count</th><th>kind</th><th>freed by</th>"
          "<th>allocated by</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < process->error_count; i++) {
        const struct memory_error *wrong = &process->errors[i];

        fputs("<tr>", writer->file);
        html_number(writer, format_count(wrong->count).text);
        fprintf(writer->file, "<td class=\"word\">%s</td><td>", memory_error_names[wrong->kind]);
        html_stack(writer, &wrong->stack);
        fputs("</td><td>", writer->file);
        if (wrong->allocated)
            html_stack(writer, &wrong->allocated->stack);
        fputs("</td></tr>\n", writer->file);
    }
    fputs("</tbody></table>\n", writer->file);
    return true;
}

bool html_advice(const struct html_writer *writer, const struct process *process,
                 struct error *error)
{
    (void)error;
    fputs("<ul>", writer->file);
    for (size_t i = 0; i < process->advice_count; i++) {
        fputs("<li>", writer->file);
        markup_text(writer->file, process->advice[i].text);
        if (process->advice[i].stack.frame_count)
            html_stack(writer, &process->advice[i].stack);
        fputs("</li>\n", writer->file);
    }
    fputs("</ul>\n", writer->file);
    return true;
}
