/* SPDX-License-Identifier: MIT */
#include "report/timeline/timeline_svg.h"

#include <inttypes.h>

#include "analyzer/recording/timeline.h"
#include "report/base/assets.h"
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/view/labels.h"

enum {
    WIDTH = 1200,
    HEIGHT = 260,
    LEFT = 80,
    RIGHT = 20,
    TOP = 30,
    BOTTOM = 30,
    LINES = 4,
    TIMES = 8
};

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

/* The smallest round number (1, 2 or 5 times a power of ten or of 1024) that is not less. */
static uint64_t round_bytes(uint64_t least)
{
    static const unsigned steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};

    for (uint64_t unit = 1; unit <= UINT64_MAX >> 10; unit <<= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (unit * steps[i] >= least)
                return unit * steps[i];
    return least;
}

static uint64_t round_time(uint64_t least_ns)
{
    static const uint64_t units_ns[] = {1, 1000, 1000000, 1000000000};
    static const unsigned steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500};
    static const unsigned seconds[] = {1,     2,     5,     10,     15,    30,   60,
                                       120,   300,   600,   900,    1800,  3600, 7200,
                                       14400, 28800, 86400, 172800, 604800};

    for (size_t unit = 0; unit < 3; unit++)
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
            if (units_ns[unit] * steps[i] >= least_ns)
                return units_ns[unit] * steps[i];
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        if (units_ns[3] * seconds[i] >= least_ns)
            return units_ns[3] * seconds[i];
    return least_ns;
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

/* Grid lines at round numbers of bytes and of time. */
static void draw_grid(const struct chart *chart)
{
    uint64_t bytes_step = round_bytes(chart->most_bytes / LINES + 1);
    uint64_t time_step = round_time(chart->end_ns / TIMES + 1);

    for (uint64_t bytes = 0; bytes <= chart->most_bytes; bytes += bytes_step)
        fprintf(chart->file,
                "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                LEFT, y_of(chart, bytes), WIDTH - RIGHT, y_of(chart, bytes), LEFT - 6,
                y_of(chart, bytes) + 4, format_size(bytes).text);
    for (uint64_t time_ns = 0; time_ns <= chart->end_ns; time_ns += time_step)
        fprintf(chart->file,
                "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                x_of(chart, time_ns), HEIGHT - BOTTOM, x_of(chart, time_ns), HEIGHT - BOTTOM + 4,
                x_of(chart, time_ns), HEIGHT - BOTTOM + 18,
                time_ns ? format_duration(time_ns).text : "0");
}

static void draw_curve(const struct chart *chart, const char *class, chart_value *value)
{
    const struct timeline *timeline = chart->timeline;

    fprintf(chart->file, "<polyline class=\"%s\" points=\"%d,%d", class, LEFT, HEIGHT - BOTTOM);
    for (size_t i = 0; i < timeline->sample_count; i++) {
        if (!value(&timeline
                        ->samples[i])) /* unknown, as for the resident memory of an ended process */
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
            "width=\"%d\" height=\"%d\" role=\"img\" data-left=\"%d\" data-right=\"%d\" "
            "data-top=\"%d\" data-bottom=\"%d\" data-seconds=\"%.9g\" data-bytes=\"%" PRIu64
            "\">\n<style>%s</style>\n<title>",
            WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM,
            (double)chart.end_ns / 1e9, chart.most_bytes, asset_timeline_css);
    markup_text(file, label_process(process).text);
    fprintf(file,
            ": heap and resident memory over time</title>\n"
            "<text class=\"heap\" x=\"%d\" y=\"18\">heap</text>"
            "<text class=\"resident\" x=\"%d\" y=\"18\">resident memory</text>"
            "<text class=\"readout\" x=\"%d\" y=\"18\" text-anchor=\"end\"></text>"
            "<line class=\"rule\" y1=\"%d\" y2=\"%d\" visibility=\"hidden\"/>\n",
            LEFT, LEFT + 50, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
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
                     "%s: no timeline (`record` makes one for runs longer than its "
                     "--timeline-every)",
                     session->path);
}
