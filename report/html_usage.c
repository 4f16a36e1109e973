/* SPDX-License-Identifier: MIT */
/* Heap over time and flame graphs in the page. */
#include <stdlib.h>

#include "analyzer/growth.h"
#include "report/flame_svg.h"
#include "report/format.h"
#include "report/html_parts.h"
#include "report/labels.h"
#include "report/markup.h"
#include "report/timeline_svg.h"

enum { MOST_FRAMES = 2500, GROWING = 20 };

static void write_growing(const struct html_writer *writer, const struct process *process)
{
    size_t count;
    struct site_growth *growing = growth_of_sites(process, &count);

    if (count)
        fputs("<p class=\"bad\">keeps growing:</p><table><thead><tr>"
              "<th class=\"number\">an hour</th><th>allocated by</th></tr></thead><tbody>\n",
              writer->file);
    for (size_t i = 0; i < count && i < GROWING; i++) {
        fprintf(writer->file, "<tr><td class=\"number\">%s</td><td>",
                format_size((uint64_t)(growing[i].growth.bytes_per_second * 3600)).text);
        html_stack(writer, &growing[i].site->stack);
        fputs("</td></tr>\n", writer->file);
    }
    if (count)
        fputs("</tbody></table>\n", writer->file);
    free(growing);
}

static void write_timeline(const struct html_writer *writer, const struct process *process)
{
    if (process->timeline_why_not) {
        fputs("<p class=\"doubt\">no timeline: ", writer->file);
        markup_text(writer->file, process->timeline_why_not);
        fputs("</p>\n", writer->file);
    }
    if (!process->timeline || process->timeline->sample_count < 2)
        return;
    html_heading(writer, "timeline", "Over time");
    timeline_svg_write_process(process, writer->file);
    write_growing(writer, process);
}

static bool write_panel(const struct html_writer *writer, const struct session *alone,
                        enum cost cost, struct error *error)
{
    struct flame_options options = {.cost = cost, .most_frames = MOST_FRAMES};
    struct flame_tree tree;
    bool done;

    if (!flame_tree_build(&tree, alone, &options, error))
        return false;
    fprintf(writer->file, "<div class=\"panel\" id=\"p%zu-%s\" role=\"tabpanel\">\n",
            writer->process, costs[cost].name);
    done = flame_svg_write(&tree, &options, writer->file, error);
    fputs("</div>\n", writer->file);
    flame_tree_release(&tree);
    return done;
}

static bool write_flames(const struct html_writer *writer, const struct process *process,
                         struct error *error)
{
    struct session alone = *writer->session;
    bool done = true;

    if (!process->totals.allocations)
        return true;
    alone.processes = (struct process *)process;
    alone.process_count = 1;
    html_heading(writer, "flames", "Flame graphs");
    fputs("<div class=\"tabs\" role=\"tablist\">", writer->file);
    for (enum cost cost = 0; cost < COST_COUNT; cost++)
        fprintf(writer->file,
                "<button role=\"tab\" data-panel=\"p%zu-%s\" aria-controls=\"p%zu-%s\">%s</button>",
                writer->process, costs[cost].name, writer->process, costs[cost].name,
                costs[cost].title);
    fputs("</div>\n", writer->file);
    for (enum cost cost = 0; done && cost < COST_COUNT; cost++)
        done = write_panel(writer, &alone, cost, error);
    return done;
}

bool html_usage(const struct html_writer *writer, const struct process *process,
                struct error *error)
{
    write_timeline(writer, process);
    return write_flames(writer, process, error);
}
