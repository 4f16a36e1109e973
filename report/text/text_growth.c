/* SPDX-License-Identifier: MIT */
/*
 * What keeps growing though none of it is lost: a cache without a limit, a queue that nobody
 * empties.
 */
#include <stdlib.h>

#include "analyzer/sites/growth.h"
#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/places.h"

enum {
    GROWING = 5,
    USED_COLUMNS = 24,
    LEAST_BYTES = 4096,
    LEAST_SHARE = 1000,
    PLACE_SHARE = 100,
    SEEN_SELDOM = 12
};

/* "3.0 MiB an hour": in a unit that gives a readable number. */
static struct label rate(const struct growth *growth)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"a second", 1}, {"a minute", 60}, {"an hour", 3600}};
    struct label text;
    size_t unit = 0;

    while (unit < 2 && growth->bytes_per_second * units[unit].seconds < 1024 * 1024)
        unit++;
    snprintf(text.text, sizeof(text.text), "%s %s",
             format_size((uint64_t)(growth->bytes_per_second * units[unit].seconds)).text,
             units[unit].name);
    return text;
}

uint64_t text_growth_bytes(const struct process *process, struct growth *growth)
{
    if (!growth_of_heap(process->timeline, growth) || !growth->keeps_growing)
        return 0;
    uint64_t bytes = (uint64_t)growth->bytes;
    return bytes >= LEAST_BYTES || bytes >= process->totals.peak_bytes / LEAST_SHARE ? bytes : 0;
}

static void write_site(const struct text_writer *writer, const struct site_growth *growing)
{
    fprintf(writer->file, "  %20s  ", rate(&growing->growth).text);
    text_styled(writer, STYLE_STRONG, "%s",
                label_fit(label_site(growing->site), text_room(writer, USED_COLUMNS),
                          writer->options->style.utf8)
                    .text);
    fputc('\n', writer->file);
}

static int by_place(const void *left, const void *right)
{
    const struct site_growth *one = left, *other = right;

    return places_compare_sites(one->site, other->site);
}

static int by_bytes(const void *left, const void *right)
{
    const struct site_growth *one = left, *other = right;

    return (one->growth.bytes < other->growth.bytes) - (one->growth.bytes > other->growth.bytes);
}

/* Two call paths to one line are one place. Returns how many places remain, fastest first. */
static size_t merge_places(struct site_growth *growing, size_t count)
{
    size_t kept = 0;

    if (!count)
        return 0;
    qsort(growing, count, sizeof(*growing), by_place);
    for (size_t i = 1; i < count; i++) {
        if (by_place(&growing[kept], &growing[i]) != 0) {
            growing[++kept] = growing[i];
            continue;
        }
        growing[kept].growth.bytes += growing[i].growth.bytes;
        growing[kept].growth.bytes_per_second += growing[i].growth.bytes_per_second;
    }
    qsort(growing, kept + 1, sizeof(*growing), by_bytes);
    return kept + 1;
}

/* Counters of very many sites are read less often. */
static void write_no_places(const struct text_writer *writer, const struct process *process)
{
    const char *why_not = process->timeline->interval_count < SEEN_SELDOM
                              ? "the run was too short to tell"
                              : "no place grows all the time";

    fprintf(writer->file, "  where is not known: %s; two snapshots tell more:\n", why_not);
    fputs("  leakgraph record --snapshot-every 10s, then leakgraph diff SESSION@1 SESSION@2\n",
          writer->file);
}

/* If the heap comes and goes, only places that grow noticeably. */
static void write_places(const struct text_writer *writer, const struct process *process,
                         bool heap_grows)
{
    uint64_t least_bytes = heap_grows ? 0 : process->totals.peak_bytes / PLACE_SHARE;
    size_t count;
    struct site_growth *growing = growth_of_sites(process, &count);

    count = merge_places(growing, count);
    if (heap_grows && !count)
        write_no_places(writer, process);
    for (size_t i = 0; i < count && i < GROWING; i++) {
        if ((uint64_t)growing[i].growth.bytes < least_bytes)
            break;
        if (i == 0 && !heap_grows) {
            fputc('\n', writer->file);
            text_styled(writer, STYLE_HEADING, "Places that keep growing");
            fprintf(writer->file, " since %s\n", format_duration(growing[i].growth.from_ns).text);
        }
        write_site(writer, &growing[i]);
    }
    free(growing);
}

void text_growth(const struct text_writer *writer, const struct process *process)
{
    struct growth growth;
    bool heap_grows = text_growth_bytes(process, &growth) > 0;

    if (heap_grows) {
        fputc('\n', writer->file);
        text_styled(writer, STYLE_HEADING, "The heap keeps growing by %s", rate(&growth).text);
        fprintf(writer->file, " since %s\n", format_duration(growth.from_ns).text);
    }
    if (process->timeline)
        write_places(writer, process, heap_grows);
}
