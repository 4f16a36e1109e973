/* SPDX-License-Identifier: MIT */
#include "report/html/html.h"

#include <stdlib.h>

#include "analyzer/object_graph.h"
#include "analyzer/recording/timeline.h"
#include "report/base/assets.h"
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/base/version.h"
#include "report/html/html_parts.h"
#include "report/view/labels.h"
#include "report/view/verdict.h"

enum { FULL_PROCESSES = 12 };

static bool has_cycles(const struct process *process)
{
    return process->cycle_count > 0;
}

static bool has_leaks(const struct process *process)
{
    return process->leaks.site_count > 0;
}

static bool has_pools(const struct process *process)
{
    return process->pool_count > 0;
}

static bool has_errors(const struct process *process)
{
    return process->error_count > 0;
}

static bool has_advice(const struct process *process)
{
    return process->advice_count > 0;
}

static bool has_python(const struct process *process)
{
    return process->python != NULL;
}

static bool has_timeline(const struct process *process)
{
    return process->timeline_why_not || (process->timeline && process->timeline->sample_count > 1);
}

static bool has_allocations(const struct process *process)
{
    return process->totals.allocations > 0;
}

static bool has_threads(const struct process *process)
{
    return process->thread_count > 1;
}

static bool has_types(const struct process *process)
{
    return process->objects && !process->objects->why_not && process->objects->type_count;
}

static const struct {
    const char *name, *short_title, *title;
    bool (*is_there)(const struct process *process);
    html_section *write;
} sections[] = {
    {"todo", "To do", "What to do", html_has_todo, html_todo},
    {"cycles", "Cycles", "Cycles: blocks that only hold one another", has_cycles, html_cycles},
    {"leaks", "Leaks", "Leaks: blocks that nothing reaches", has_leaks, html_leaks},
    {"pools", "Pools", "Pools: what is inside is not seen", has_pools, html_pools},
    {"errors", "Wrong frees", "Wrong frees", has_errors, html_errors},
    {"python", "Python", "Python", has_python, html_python},
    {"advice", "Advice", "Advice", has_advice, html_advice},
    {"timeline", "Over time", "Over time", has_timeline, html_timeline},
    {"flames", "Flame graphs", "Flame graphs", has_allocations, html_flames},
    {"lines", "Source", "Hot lines, with their source", has_allocations, html_lines},
    {"types", "Types", "Types: what the blocks are, and what would go with them", has_types,
     html_types},
    {"threads", "Threads", "Threads", has_threads, html_threads},
};
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]) };

static void write_verdict(const struct html_writer *writer)
{
    static const char *const classes[] = {
        [VERDICT_NO_LEAKS] = "good", [VERDICT_LEAKS] = "bad", [VERDICT_UNKNOWN] = "doubt"};
    struct verdict verdict = verdict_of_session(writer->session);
    char line[VERDICT_BYTES];

    verdict_line(writer->session, &verdict, line);
    fprintf(writer->file, "<h1 class=\"%s\">",
            verdict_is_neutral(&verdict) ? "neutral" : classes[verdict.kind]);
    markup_text(writer->file, line);
    fputs("</h1>\n", writer->file);
    for (size_t i = 0; i < writer->session->unrecorded_count; i++) {
        fputs("<p class=\"doubt\">no recording: ", writer->file);
        markup_text(writer->file, verdict_unrecorded(&writer->session->unrecorded[i]).text);
        fputs("</p>\n", writer->file);
    }
    for (size_t i = 0; i < writer->session->damaged_count; i++) {
        fputs("<p class=\"doubt\">damaged: ", writer->file);
        markup_text(writer->file, writer->session->damaged[i].message);
        fputs("</p>\n", writer->file);
    }
}

static void write_card(const struct html_writer *writer, const char *what, const char *value)
{
    fprintf(writer->file, "<div class=\"card\"><b>%s</b>%s</div>", value, what);
}

static void write_cards(const struct html_writer *writer, const struct process *process)
{
    const struct totals *totals = &process->totals;

    fputs("<div class=\"cards\">", writer->file);
    if (process->leaks.checked)
        write_card(writer, "leaked", format_size(process->leaks.all.bytes).text);
    if (process->leaks.checked)
        write_card(writer, "cycles", format_count(process->cycles_total).text);
    if (process->python && process->python->garbage_cycles)
        write_card(writer, "Python cycles", format_count(process->python->garbage_cycles).text);
    write_card(writer, "peak", format_size(totals->peak_bytes).text);
    write_card(writer, "live at the end", format_size(totals->live_bytes).text);
    write_card(writer, "allocations", format_count(totals->allocations).text);
    write_card(writer, "temporary",
               format_percent(totals->temporary_allocations, totals->allocations).text);
    write_card(writer, totals->threads == 1 ? "thread" : "threads",
               format_count(totals->threads).text);
    fputs("</div>\n", writer->file);
}

static void write_doubts(const struct html_writer *writer, const struct process *process)
{
    const char *why_not = verdict_why_not(writer->session, process);

    if (why_not) {
        fputs("<p class=\"doubt\">leaks not checked: ", writer->file);
        markup_text(writer->file, why_not);
        fputs("</p>\n", writer->file);
    }
    for (size_t i = 0; i < process->drop_count; i++) {
        fputs("<p class=\"doubt\">not recorded: ", writer->file);
        markup_text(writer->file, process->drops[i].what);
        fprintf(writer->file, " (%s)</p>\n", format_count(process->drops[i].count).text);
    }
}

static void write_title(const struct html_writer *writer, const struct process *process)
{
    fprintf(writer->file, "<h2 id=\"p%zu\">", writer->process);
    markup_text(writer->file, label_command(process).text);
    fprintf(writer->file, " <span class=\"faint\">pid %d, %s, ", process->pid,
            format_duration(process->duration_ns).text);
    markup_text(writer->file, label_end(process).text);
    fprintf(writer->file, ", started %s</span></h2>\n",
            format_moment(process->started_realtime_ns).text);
}

static void write_links(const struct html_writer *writer, const struct process *process)
{
    fputs("<nav>", writer->file);
    for (size_t i = 0; i < SECTIONS; i++)
        if (sections[i].is_there(process))
            fprintf(writer->file, "<a href=\"#p%zu-%s\">%s</a>", writer->process, sections[i].name,
                    sections[i].short_title);
    fputs("</nav>\n", writer->file);
}

static bool write_process(const struct html_writer *writer, const struct process *process,
                          struct error *error)
{
    write_title(writer, process);
    write_links(writer, process);
    write_cards(writer, process);
    write_doubts(writer, process);
    for (size_t i = 0; i < SECTIONS; i++) {
        if (!sections[i].is_there(process))
            continue;
        fprintf(writer->file, "<section><h3 id=\"p%zu-%s\">%s</h3>\n", writer->process,
                sections[i].name, sections[i].title);
        if (!sections[i].write(writer, process, error))
            return false;
        fputs("</section>\n", writer->file);
    }
    return true;
}

/* Everything lost, Python garbage included. */
static uint64_t lost(const struct process *process)
{
    return process->leaks.all.bytes + process->error_count + verdict_python_weight(process);
}

/* Those that lost most first, then those that were biggest. */
static int compare_processes(const void *left, const void *right)
{
    const struct process *one = *(const struct process *const *)left;
    const struct process *other = *(const struct process *const *)right;

    if (lost(one) != lost(other))
        return lost(one) > lost(other) ? -1 : 1;
    if (one->totals.peak_bytes != other->totals.peak_bytes)
        return one->totals.peak_bytes > other->totals.peak_bytes ? -1 : 1;
    return (one > other) - (one < other);
}

static void write_index_row(const struct html_writer *writer, const struct process *process,
                            size_t index)
{
    const struct python *python = process->python;
    uint64_t cycles =
        process->cycles_total + (python ? python->garbage_cycles + python->mixed_cycles : 0);

    fputs("<tr><td>", writer->file);
    if (index < FULL_PROCESSES)
        fprintf(writer->file, "<a href=\"#p%zu\">", index);
    markup_text(writer->file, label_process(process).text);
    fprintf(writer->file,
            "%s</td><td class=\"number\">%d</td><td class=\"number\">%s</td>"
            "<td class=\"number\">%s</td><td class=\"number\">%s</td><td>",
            index < FULL_PROCESSES ? "</a>" : "", process->pid,
            process->leaks.checked ? format_size(process->leaks.all.bytes).text : "not checked",
            format_count(cycles).text, format_size(process->totals.peak_bytes).text);
    markup_text(writer->file, label_end(process).text);
    fputs("</td></tr>\n", writer->file);
}

static void write_index_table(const struct html_writer *writer, const struct process *const *order,
                              size_t first, size_t end)
{
    fputs("<table><thead><tr><th>process</th><th class=\"number\">pid</th>"
          "<th class=\"number\">leaked</th><th class=\"number\">cycles</th>"
          "<th class=\"number\">peak</th><th>ended</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = first; i < end; i++)
        write_index_row(writer, order[i], i);
    fputs("</tbody></table>\n", writer->file);
}

/* The processes shown in full, then the others, folded. */
static void write_index(const struct html_writer *writer, const struct process *const *order)
{
    size_t count = writer->session->process_count;
    size_t full = count < FULL_PROCESSES ? count : FULL_PROCESSES;

    if (count < 2)
        return;
    write_index_table(writer, order, 0, full);
    if (count == full)
        return;
    fprintf(writer->file, "<details><summary>%s that lost and held less</summary>",
            format_plural(count - full, "process").text);
    write_index_table(writer, order, full, count);
    fputs("</details>\n", writer->file);
}

static bool write_processes(struct html_writer *writer, struct error *error)
{
    const struct session *session = writer->session;
    const struct process **order = calloc(session->process_count + 1, sizeof(*order));
    bool done = true;

    if (!order)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < session->process_count; i++)
        order[i] = &session->processes[i];
    qsort(order, session->process_count, sizeof(*order), compare_processes);
    write_index(writer, order);
    for (size_t i = 0; done && i < session->process_count && i < FULL_PROCESSES; i++) {
        writer->process = i;
        done = write_process(writer, order[i], error);
    }
    free(order);
    return done;
}

bool html_write(const struct session *session, FILE *file, struct error *error)
{
    struct html_writer writer = {.file = file, .session = session};
    bool done;

    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
          "<title>leakgraph: ",
          file);
    if (session->process_count)
        markup_text(file, label_process(&session->processes[0]).text);
    fprintf(file, "</title>\n<style>%s</style></head>\n<body>\n", asset_page_css);
    write_verdict(&writer);
    done = write_processes(&writer, error);
    fprintf(file,
            "<p class=\"faint\">%s</p>\n<script>%s</script>\n"
            "</body></html>\n",
            version_name, asset_page_js);
    return done;
}
