/* SPDX-License-Identifier: MIT */
/* Memory over time: a chart of one line each. */
#include "analyzer/recording/timeline.h"
#include "report/base/format.h"
#include "report/text/text_parts.h"

enum { GROWING = 5, LEAST_COLUMNS = 8, MOST_COLUMNS = 64, NAME_COLUMNS = 40 };
#define LEAST_TIME_NS 1000000000u /* a shorter run has no history to show */

typedef uint64_t sample_value(const struct timeline_sample *sample);

static uint64_t heap_of(const struct timeline_sample *sample)
{
    return sample->heap_bytes;
}

static uint64_t rss_of(const struct timeline_sample *sample)
{
    return sample->rss_bytes;
}

/* The maximum of each column; time runs evenly from left to right. */
static uint64_t fill_columns(const struct timeline *timeline, sample_value *value,
                             uint64_t *columns, unsigned count)
{
    uint64_t end_ns = timeline->samples[timeline->sample_count - 1].time_ns, most = 0, last = 0;
    size_t next = 0;

    for (unsigned column = 0; column < count; column++) {
        uint64_t until_ns = end_ns / count * (column + 1);

        columns[column] = last;
        for (; next < timeline->sample_count &&
               (timeline->samples[next].time_ns <= until_ns || column + 1 == count);
             next++) {
            last = value(&timeline->samples[next]);
            if (columns[column] < last)
                columns[column] = last;
        }
        if (most < columns[column])
            most = columns[column];
    }
    return most;
}

static void write_chart(const struct text_writer *writer, const struct timeline *timeline,
                        const char *name, sample_value *value)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {" ", ".", ".", ":", ":", "|", "|", "#", "#"};
    unsigned count = text_room(writer, NAME_COLUMNS);
    uint64_t columns[MOST_COLUMNS], most;

    if (count > MOST_COLUMNS)
        count = MOST_COLUMNS;
    if (count < LEAST_COLUMNS)
        count = LEAST_COLUMNS;
    most = fill_columns(timeline, value, columns, count);
    if (!most)
        return;
    fprintf(writer->file, "  %-9s ", name);
    for (unsigned i = 0; i < count; i++) {
        unsigned height = (unsigned)((double)columns[i] / (double)most * 8 + 0.999);

        fputs(writer->options->style.utf8 ? bars[height] : plain[height], writer->file);
    }
    fprintf(writer->file, "  up to %s\n", format_size(most).text);
}

void text_timeline(const struct text_writer *writer, const struct process *process)
{
    const struct timeline *timeline = process->timeline;

    if (process->timeline_why_not)
        fprintf(writer->file, "\nNo timeline: %s\n", process->timeline_why_not);
    if (!timeline || !timeline->sample_count ||
        timeline->samples[timeline->sample_count - 1].time_ns < LEAST_TIME_NS)
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Over time");
    fprintf(writer->file, ", %s\n",
            format_duration(timeline->samples[timeline->sample_count - 1].time_ns).text);
    write_chart(writer, timeline, "heap", heap_of);
    write_chart(writer, timeline, "resident", rss_of);
}
