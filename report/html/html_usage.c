/* SPDX-License-Identifier: MIT */
/* Heap over time, flame graphs and threads in the page. */
#include <stdlib.h>

#include "analyzer/sites/growth.h"
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/flame/flame_svg.h"
#include "report/html/html_parts.h"
#include "report/timeline/timeline_svg.h"
#include "report/view/labels.h"
#include "report/view/places.h"

enum {
    MOST_FRAMES = 2500,
    LEAST_FRAMES = 300,
    GROWING = 20,
    LEAST_GROWTH_SHARE = 100,
    LISTED_THREADS = 50,
    THREAD_PLACES = 3
};

static void write_growing_site(const struct html_writer *writer, const struct site_growth *growing)
{
    fputs("<tr>", writer->file);
    html_number(writer, format_size((uint64_t)(growing->growth.bytes_per_second * 3600)).text);
    html_number(writer, format_size((uint64_t)growing->growth.bytes).text);
    fputs("<td>", writer->file);
    html_stack(writer, &growing->site->stack);
    fputs("</td></tr>\n", writer->file);
}

/* Places that hardly grow are left out. */
static void write_growing(const struct html_writer *writer, const struct process *process)
{
    size_t count, shown = 0;
    struct site_growth *growing = growth_of_sites(process, &count);
    uint64_t least_bytes = process->totals.peak_bytes / LEAST_GROWTH_SHARE;

    while (shown < count && shown < GROWING && (uint64_t)growing[shown].growth.bytes >= least_bytes)
        shown++;
    if (shown)
        fprintf(writer->file,
                "<p class=\"bad\">These places keep growing since %s:</p><table><thead><tr>"
                "<th class=\"number\">an hour</th><th class=\"number\">so far</th>"
                "<th>allocated by</th></tr></thead><tbody>\n",
                format_duration(growing[0].growth.from_ns).text);
    for (size_t i = 0; i < shown; i++)
        write_growing_site(writer, &growing[i]);
    if (shown)
        fputs("</tbody></table>\n", writer->file);
    free(growing);
}

bool html_timeline(const struct html_writer *writer, const struct process *process,
                   struct error *error)
{
    (void)error;
    if (process->timeline_why_not) {
        fputs("<p class=\"doubt\">no timeline: ", writer->file);
        markup_text(writer->file, process->timeline_why_not);
        fputs("</p>\n", writer->file);
    }
    if (!process->timeline || process->timeline->sample_count < 2)
        return true;
    timeline_svg_write_process(process, writer->file);
    write_growing(writer, process);
    return true;
}

/*
 * Flame graphs of the first processes only, which matter most, so that a page of many opens
 * quickly, too.
 */
static size_t frames_of_panel(const struct html_writer *writer)
{
    size_t frames = MOST_FRAMES / (writer->process + 1);

    return frames > LEAST_FRAMES ? frames : LEAST_FRAMES;
}

/*
 * Only the first panel is in the page from the start; templates make the others when they are
 * opened.
 */
static bool write_panel(const struct html_writer *writer, const struct session *alone,
                        enum cost cost, bool first, struct error *error)
{
    struct flame_options options = {.cost = cost, .most_frames = frames_of_panel(writer)};
    struct flame_tree tree;
    bool done;

    if (!flame_tree_build(&tree, alone, &options, error))
        return false;
    fprintf(writer->file, "<div class=\"panel\" id=\"p%zu-%s\" role=\"tabpanel\"%s>\n%s",
            writer->process, costs[cost].name, first ? "" : " hidden", first ? "" : "<template>");
    done = flame_svg_write(&tree, &options, writer->file, error);
    fputs(first ? "</div>\n" : "</template></div>\n", writer->file);
    flame_tree_release(&tree);
    return done;
}

/* A cost that no site has gets no panel. */
static bool has_cost(const struct process *process, enum cost cost)
{
    for (size_t i = 0; i < process->site_count; i++)
        if (cost_of_site(cost, &process->sites[i]))
            return true;
    return false;
}

bool html_flames(const struct html_writer *writer, const struct process *process,
                 struct error *error)
{
    struct session alone = *writer->session;
    bool done = true, first = true;

    alone.processes = (struct process *)process;
    alone.process_count = 1;
    fputs("<p class=\"faint\">A click or Enter zooms, Escape zooms out, / searches. Orange: the "
          "program, green: libraries, blue: Python.</p>\n<div class=\"tabs\" role=\"tablist\">",
          writer->file);
    for (enum cost cost = 0; cost < COST_COUNT; cost++)
        if (has_cost(process, cost))
            fprintf(writer->file,
                    "<button role=\"tab\" data-panel=\"p%zu-%s\" aria-controls=\"p%zu-%s\">%s"
                    "</button>",
                    writer->process, costs[cost].name, writer->process, costs[cost].name,
                    costs[cost].title);
    fputs("</div>\n", writer->file);
    for (enum cost cost = 0; done && cost < COST_COUNT; cost++) {
        if (!has_cost(process, cost))
            continue;
        done = write_panel(writer, &alone, cost, first, error);
        first = false;
    }
    return done;
}

/* --- threads --- */

static void write_places(const struct html_writer *writer, const struct thread *thread)
{
    struct places places;

    if (places_collect_thread(&places, thread))
        places_sort_by_allocations(&places);
    for (size_t i = 0; i < places.count && i < THREAD_PLACES; i++) {
        fputs(i ? "<br>" : "", writer->file);
        markup_text(writer->file, label_site(places.places[i].site).text);
        fprintf(writer->file, " <span class=\"faint\">%s, %s</span>",
                format_plural(places.places[i].figures.allocations, "allocation").text,
                format_size(places.places[i].figures.allocated_bytes).text);
    }
    places_release(&places);
}

static void write_thread(const struct html_writer *writer, const struct thread *thread)
{
    const struct process named = {.executable = thread->name ? thread->name : "unnamed"};

    fputs("<tr>", writer->file);
    html_number(writer, format_count(thread->allocations).text);
    html_number(writer, format_count(thread->frees).text);
    fputs("<td>", writer->file);
    markup_text(writer->file, label_process(&named).text);
    if (thread->threads > 1)
        fprintf(writer->file, " <span class=\"faint\">%s in turn</span>",
                format_plural(thread->threads, "thread").text);
    fputs(thread->real_time ? " <span class=\"doubt\">real-time</span></td><td>" : "</td><td>",
          writer->file);
    write_places(writer, thread);
    fputs("</td></tr>\n", writer->file);
}

static int by_allocations(const void *left, const void *right)
{
    const struct thread *a = *(const struct thread *const *)left;
    const struct thread *b = *(const struct thread *const *)right;

    return (a->allocations < b->allocations) - (a->allocations > b->allocations);
}

bool html_threads(const struct html_writer *writer, const struct process *process,
                  struct error *error)
{
    const struct thread **order = calloc(process->thread_count + 1, sizeof(*order));

    if (!order)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < process->thread_count; i++)
        order[i] = &process->threads[i];
    qsort(order, process->thread_count, sizeof(*order), by_allocations);
    fputs(
        "<table class=\"long\"><thead><tr><th class=\"number\">allocations</th>"
        "<th class=\"number\">frees</th><th>thread</th><th>allocates in</th></tr></thead><tbody>\n",
        writer->file);
    for (size_t i = 0; i < process->thread_count && i < LISTED_THREADS; i++)
        write_thread(writer, order[i]);
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, process->thread_count, LISTED_THREADS, "thread");
    free(order);
    return true;
}
