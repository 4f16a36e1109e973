/* SPDX-License-Identifier: MIT */
#include "report/timeline_svg.h"

#include <inttypes.h>

#include "analyzer/timeline.h"
#include "report/assets.h"
#include "report/format.h"
#include "report/labels.h"
#include "report/markup.h"

enum { WIDTH = 900, HEIGHT = 240, LEFT = 80, RIGHT = 20, TOP = 30, BOTTOM = 30, LINES = 4 };

struct chart {
    FILE *file;
    const struct timeline *timeline;
    uint64_t end_ns, most_bytes;
};

typedef uint64_t chart_value(const struct timeline_sample *sample);

static uint64_t heap_of(const struct timeline_sample *sample)
{
    return sample->heap_bytes;
}

static uint64_t rss_of(const struct timeline_sample *sample)
{
    return sample->rss_bytes;
}

static double x_of(const struct chart *chart, uint64_t time_ns)
{
    return LEFT + (double)time_ns / (double)chart->end_ns * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct chart *chart, uint64_t bytes)
{
    return HEIGHT - BOTTOM - (double)bytes / (double)chart->most_bytes * (HEIGHT - TOP - BOTTOM);
}

static void measure(struct chart *chart)
{
    const struct timeline *timeline = chart->timeline;

    chart->end_ns = timeline->samples[timeline->sample_count - 1].time_ns + 1;
    chart->most_bytes = 1;
    for (size_t i = 0; i < timeline->sample_count; i++) {
        const struct timeline_sample *sample = &timeline->samples[i];
        uint64_t more =
            sample->heap_bytes > sample->rss_bytes ? sample->heap_bytes : sample->rss_bytes;

        if (chart->most_bytes < more)
            chart->most_bytes = more;
    }
}

static void draw_grid(const struct chart *chart)
{
    for (unsigned i = 0; i <= LINES; i++) {
        uint64_t bytes = chart->most_bytes / LINES * i;
        uint64_t time_ns = (chart->end_ns - 1) / LINES * i;
        double y = y_of(chart, bytes);

        fprintf(chart->file,
                "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
                LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, format_size(bytes).text,
                x_of(chart, time_ns), HEIGHT - BOTTOM + 18,
                i == 0       ? "start"
                : i == LINES ? "end"
                             : "middle",
                i ? format_duration(time_ns).text : "0");
    }
}

static void draw_curve(const struct chart *chart, const char *class, chart_value *value)
{
    const struct timeline *timeline = chart->timeline;

    fprintf(chart->file, "<polyline class=\"%s\" points=\"%d,%d", class, LEFT, HEIGHT - BOTTOM);
    for (size_t i = 0; i < timeline->sample_count; i++) {
        if (!value(&timeline->samples[i])) /* not known, as the resident memory of what ended */
            continue;
        fprintf(chart->file, " %.1f,%.1f", x_of(chart, timeline->samples[i].time_ns),
                y_of(chart, value(&timeline->samples[i])));
    }
    fprintf(chart->file, "\"><title>%s</title></polyline>\n", class);
}

bool timeline_svg_write_process(const struct process *process, FILE *file)
{
    struct chart chart = {.file = file, .timeline = process->timeline};

    if (!chart.timeline || chart.timeline->sample_count < 2)
        return false;
    measure(&chart);
    fprintf(file,
            "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
            "width=\"%d\" height=\"%d\" role=\"img\">\n<style>%s</style>\n<title>",
            WIDTH, HEIGHT, WIDTH, HEIGHT, asset_timeline_css);
    markup_text(file, label_process(process).text);
    fprintf(file,
            ": heap and resident memory over time</title>\n"
            "<text class=\"heap\" x=\"%d\" y=\"18\">heap</text>"
            "<text class=\"resident\" x=\"%d\" y=\"18\">resident memory</text>\n",
            LEFT, LEFT + 50);
    draw_grid(&chart);
    draw_curve(&chart, "resident", rss_of);
    draw_curve(&chart, "heap", heap_of);
    fputs("</svg>\n", file);
    return true;
}

bool timeline_svg_write(const struct session *session, FILE *file, struct error *error)
{
    const struct process *found = NULL;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (process->timeline && process->timeline->sample_count > 1 &&
            (!found || found->totals.peak_bytes < process->totals.peak_bytes))
            found = process;
    }
    if (found)
        return timeline_svg_write_process(found, file);
    return error_set(error,
                     "%s: it has no timeline (`record` makes one of runs that take longer "
                     "than its --timeline-every)",
                     session->path);
}
