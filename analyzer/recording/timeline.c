/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/timeline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define FIRST_LINE "leakgraph-timeline 1"
enum { MOST_NUMBERS = 5, MOST_BYTES = 1 << 30 };

struct reading {
    struct arena *arena;
    struct timeline *timeline;
    size_t sample_capacity, interval_capacity, gain_capacity;
    const char *path;
    unsigned long line;
    struct error *error;
};

char *timeline_path(struct arena *arena, const char *recording_path)
{
    size_t length = strlen(recording_path);
    if (length > 4 && strcmp(recording_path + length - 4, ".lgr") == 0)
        length -= 4;
    return arena_printf(arena, "%.*s.timeline", (int)length, recording_path);
}

static bool damaged(const struct reading *reading, const char *what)
{
    return error_set(reading->error, "%.200s:%lu: %s", reading->path, reading->line, what);
}

static bool add_sample(struct reading *reading, const uint64_t *numbers)
{
    struct timeline *timeline = reading->timeline;
    if (timeline->sample_count &&
        timeline->samples[timeline->sample_count - 1].time_ns > numbers[0])
        return damaged(reading, "time goes backwards");
    timeline->samples = arena_grow(reading->arena, timeline->samples, timeline->sample_count,
                                   &reading->sample_capacity, sizeof *timeline->samples);
    timeline->samples[timeline->sample_count++] = (struct timeline_sample){
        .time_ns = numbers[0], .heap_bytes = numbers[1], .rss_bytes = numbers[2]};
    return true;
}

static bool add_interval(struct reading *reading, const uint64_t *numbers)
{
    struct timeline *timeline = reading->timeline;
    size_t count = timeline->interval_count;
    if (numbers[1] < numbers[0] || (count && timeline->intervals[count - 1].end_ns > numbers[0]))
        return damaged(reading, "time goes backwards");
    timeline->intervals = arena_grow(reading->arena, timeline->intervals, count,
                                     &reading->interval_capacity, sizeof *timeline->intervals);
    timeline->intervals[timeline->interval_count++] =
        (struct timeline_interval){.start_ns = numbers[0], .end_ns = numbers[1]};
    reading->gain_capacity = 0;
    return true;
}

static bool add_gain(struct reading *reading, const uint64_t *numbers)
{
    struct timeline *timeline = reading->timeline;
    if (!timeline->interval_count)
        return damaged(reading, "a site before the first interval");
    struct timeline_interval *interval = &timeline->intervals[timeline->interval_count - 1];
    interval->gains = arena_grow(reading->arena, interval->gains, interval->gain_count,
                                 &reading->gain_capacity, sizeof *interval->gains);
    interval->gains[interval->gain_count++] = (struct timeline_gain){
        .site_id = numbers[0],
        .allocations = numbers[1],
        .allocated_bytes = numbers[2],
        .frees = numbers[3],
        .freed_bytes = numbers[4],
    };
    return true;
}

static const struct line_kind {
    const char *word;
    unsigned numbers;
    bool (*add)(struct reading *reading, const uint64_t *numbers);
} line_kinds[] = {
    {"heap", 3, add_sample},
    {"interval", 2, add_interval},
    {"site", 5, add_gain},
};

/* Reads exactly `count` decimals, a space before each, up to the end of the line. */
static bool read_numbers(const char *text, unsigned count, uint64_t *numbers)
{
    for (unsigned i = 0; i < count; i++) {
        char *end;
        if (text[0] != ' ' || text[1] < '0' || text[1] > '9')
            return false;
        errno = 0;
        numbers[i] = strtoull(text + 1, &end, 10);
        if (errno)
            return false;
        text = end;
    }
    return *text == 0;
}

static bool read_line(struct reading *reading, const char *line)
{
    uint64_t numbers[MOST_NUMBERS];
    for (size_t i = 0; i < sizeof line_kinds / sizeof *line_kinds; i++) {
        const struct line_kind *kind = &line_kinds[i];
        size_t length = strlen(kind->word);
        if (strncmp(line, kind->word, length) != 0)
            continue;
        return read_numbers(line + length, kind->numbers, numbers)
                   ? kind->add(reading, numbers)
                   : damaged(reading, "unexpected numbers");
    }
    return damaged(reading, "not a line of a timeline");
}

static bool read_lines(struct reading *reading, char *text)
{
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        reading->line++;
        if (reading->line == 1 && strcmp(line, FIRST_LINE) != 0)
            return damaged(reading, "not a timeline of this version");
        if (reading->line > 1 && strcmp(line, "end") == 0)
            return true;
        if (reading->line > 1 && !read_line(reading, line))
            return false;
    }
    return damaged(reading, "cut short");
}

/* Reads up to size_bytes, or only counts when text is NULL. -1 with the error. */
static long unpack(const char *path, char *text, size_t size_bytes, struct error *error)
{
    char scratch[16384];
    long length = 0;
    int got;
    gzFile file = gzopen(path, "rbe");
    if (!file) {
        error_set(error, "%.200s: %s", path, strerror(errno));
        return -1;
    }
    do {
        size_t room = text ? size_bytes - (size_t)length : sizeof scratch;
        got = gzread(file, text ? text + length : scratch,
                     (unsigned)(room < sizeof scratch ? room : sizeof scratch));
        if (got > 0)
            length += got;
    } while (got > 0 && length < MOST_BYTES);
    if (got < 0)
        error_set(error, "%.200s: damaged at byte %ld of its text", path, length);
    gzclose(file);
    return got < 0 ? -1 : length;
}

/* Reads the whole file. NULL with an error, or without one when there is no file. */
static char *read_text(struct arena *arena, const char *path, struct error *error)
{
    if (access(path, F_OK) != 0)
        return NULL;
    long length = unpack(path, NULL, 0, error);
    if (length < 0)
        return NULL;
    char *text = arena_alloc(arena, (size_t)length + 1); /* allocated while nothing is open */
    return unpack(path, text, (size_t)length, error) < 0 ? NULL : text;
}

struct timeline *timeline_read(struct arena *arena, const char *path, struct error *error)
{
    struct reading reading = {.arena = arena, .path = path, .error = error};
    char *text = read_text(arena, path, error);
    if (!text)
        return NULL;
    reading.timeline = arena_alloc(arena, sizeof *reading.timeline);
    return read_lines(&reading, text) ? reading.timeline : NULL;
}

void timeline_write(const struct timeline *timeline, FILE *file)
{
    fputs(FIRST_LINE "\n", file);
    for (size_t i = 0; i < timeline->sample_count; i++) {
        const struct timeline_sample *sample = &timeline->samples[i];
        fprintf(file, "heap %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sample->time_ns,
                sample->heap_bytes, sample->rss_bytes);
    }
    for (size_t i = 0; i < timeline->interval_count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];
        fprintf(file, "interval %" PRIu64 " %" PRIu64 "\n", interval->start_ns, interval->end_ns);
        for (size_t k = 0; k < interval->gain_count; k++) {
            const struct timeline_gain *gain = &interval->gains[k];
            fprintf(file, "site %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                    gain->site_id, gain->allocations, gain->allocated_bytes, gain->frees,
                    gain->freed_bytes);
        }
    }
    fputs("end\n", file);
}
