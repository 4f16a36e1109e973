/* SPDX-License-Identifier: MIT */
#include "report/gate/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/base/arena.h"

enum { LONGEST_LINE = 16 * 1024 };

/* An entry with the lines above it, or the lines at the end of the file. */
struct row {
    struct baseline_entry entry;
    bool is_entry, is_new, is_learnt, is_dropped;
    struct quantity was; /* its limits before this run taught it others */
    const char *above;   /* comments and empty lines, each with its line break */
    const char *text;    /* the entry as the user wrote it */
    char place[256];     /* source place of a new entry, for its comment */
};

struct baseline {
    struct baseline_source source;
    struct row **rows;
    size_t count, capacity;
};

static struct row *add_row(struct baseline *baseline)
{
    struct row *row = arena_alloc(baseline->source.arena, sizeof(*row));

    baseline->rows = arena_grow(baseline->source.arena, baseline->rows, baseline->count,
                                &baseline->capacity, sizeof(*baseline->rows));
    baseline->rows[baseline->count++] = row;
    row->above = "";
    return row;
}

/* --- the file --- */

static void set_today(struct baseline *baseline)
{
    time_t now = time(NULL);
    struct tm date;

    gmtime_r(&now, &date);
    strftime(baseline->source.today, sizeof(baseline->source.today), "%Y-%m-%d", &date);
}

/* Comments gather above the entry to come: *next, NULL when none has begun. */
static bool read_line(struct baseline *baseline, struct row **next, char *line, unsigned number,
                      struct error *error)
{
    struct arena *arena = baseline->source.arena;
    struct row *row = *next ? *next : add_row(baseline);

    line[strcspn(line, "\n")] = '\0';
    *next = row;
    if (strchr("#", line[strspn(line, " \t\r")])) { /* an empty line, too */
        row->above = arena_printf(arena, "%s%s\n", row->above, line);
        return true;
    }
    *next = NULL;
    row->is_entry = true;
    row->text = arena_copy(arena, line, strlen(line));
    row->entry.line = number;
    return baseline_entry_parse(&row->entry, &baseline->source, row->text, error);
}

static bool read_lines(struct baseline *baseline, FILE *file, struct error *error)
{
    char line[LONGEST_LINE];
    struct row *row = NULL;

    for (unsigned number = 1; fgets(line, sizeof(line), file); number++)
        if (!read_line(baseline, &row, line, number, error))
            return false;
    if (ferror(file))
        return error_set(error, "%.200s: %s", baseline->source.path, strerror(errno));
    return true;
}

static void write_introduction(struct baseline *baseline)
{
    add_row(baseline)->above =
        "# Known findings of leakgraph: KIND FINGERPRINT [count=N] [bytes=N] [owner=WHO]\n"
        "# [expires=YYYY-MM-DD] [process=GLOB]  # comment. See leakgraph gate --help.\n\n";
}

static struct baseline *start(const char *path, struct error *error)
{
    struct baseline *baseline = calloc(1, sizeof(*baseline));

    if (baseline)
        baseline->source.arena = arena_new();
    if (!baseline || !baseline->source.arena) {
        free(baseline);
        error_set(error, "out of memory");
        return NULL;
    }
    baseline->source.path = path;
    set_today(baseline);
    return baseline;
}

struct filling {
    struct baseline *baseline;
    FILE *file; /* NULL: a new baseline */
};

static bool fill(void *context, struct error *error)
{
    const struct filling *filling = context;

    if (filling->file)
        return read_lines(filling->baseline, filling->file, error);
    write_introduction(filling->baseline);
    return true;
}

static bool read_path(struct baseline *baseline, bool may_be_missing, struct error *error)
{
    struct filling filling = {baseline, fopen(baseline->source.path, "re")};
    bool is_new = !filling.file && errno == ENOENT && may_be_missing, done;

    if (!filling.file && !is_new)
        return error_set(error, "%.200s: %s", baseline->source.path, strerror(errno));
    done = arena_try(baseline->source.arena, fill, &filling, baseline->source.path, error);
    if (filling.file)
        fclose(filling.file);
    return done;
}

struct baseline *baseline_read(const char *path, bool may_be_missing, struct error *error)
{
    struct baseline *baseline = start(path, error);

    if (baseline && read_path(baseline, may_be_missing, error))
        return baseline;
    baseline_free(baseline);
    return NULL;
}

void baseline_free(struct baseline *baseline)
{
    if (!baseline)
        return;
    arena_free(baseline->source.arena);
    free(baseline);
}

const char *baseline_path(const struct baseline *baseline)
{
    return baseline->source.path;
}

/* --- entries --- */

static bool is_for(const struct baseline_entry *entry, const struct process *process)
{
    return !entry->process || label_is_called(process, entry->process);
}

/* A merge may leave two entries for one finding: the one that allows more counts. */
static bool knows_more(const struct baseline_entry *one, const struct baseline_entry *other)
{
    if (one->expired != other->expired)
        return !one->expired;
    if (one->has_count != other->has_count)
        return !one->has_count;
    if (one->limit.count != other->limit.count)
        return one->limit.count > other->limit.count;
    return one->has_bytes != other->has_bytes ? !one->has_bytes
                                              : one->limit.bytes > other->limit.bytes;
}

const struct baseline_entry *baseline_find(struct baseline *baseline, const struct finding *finding,
                                           const struct process *process)
{
    const struct baseline_entry *found = NULL;

    for (size_t i = 0; i < baseline->count; i++) {
        struct baseline_entry *entry = &baseline->rows[i]->entry;

        if (!baseline->rows[i]->is_entry || entry->kind != finding->kind ||
            strcmp(entry->fingerprint, finding->fingerprint) != 0 || !is_for(entry, process))
            continue;
        entry->seen = true;
        if (!found || knows_more(entry, found))
            found = entry;
    }
    return found;
}

size_t baseline_count(const struct baseline *baseline)
{
    return baseline ? baseline->count : 0;
}

const struct baseline_entry *baseline_get(const struct baseline *baseline, size_t index)
{
    return baseline->rows[index]->is_entry ? &baseline->rows[index]->entry : NULL;
}

static struct row *row_of(const struct baseline *baseline, const struct baseline_entry *entry)
{
    for (size_t i = 0; i < baseline->count; i++)
        if (&baseline->rows[i]->entry == entry)
            return baseline->rows[i];
    return NULL;
}

static void learn_new(struct baseline *baseline, const struct finding *finding,
                      const struct quantity *quantity)
{
    struct row *row = add_row(baseline);

    row->is_entry = row->is_learnt = row->is_new = true;
    row->entry.kind = finding->kind;
    strcpy(row->entry.fingerprint, finding->fingerprint);
    snprintf(row->place, sizeof(row->place), " %.250s", finding_place(finding).text);
    row->entry.comment = row->place;
    row->entry.has_count = true;
    row->entry.has_bytes = quantity->bytes > 0;
    row->entry.limit = *quantity;
    row->entry.seen = true;
}

/* Two processes with the same finding share an entry: the larger amount counts. */
static void learn_more(struct row *row, const struct quantity *quantity)
{
    struct quantity *limit = &row->entry.limit;

    if (row->entry.expired)
        return;
    if (!row->is_learnt) {
        row->was = *limit;
        *limit = (struct quantity){0, 0};
    }
    if (limit->count < quantity->count)
        limit->count = quantity->count;
    if (limit->bytes < quantity->bytes)
        limit->bytes = quantity->bytes;
    row->is_learnt = true;
}

struct lesson {
    struct baseline *baseline;
    const struct finding *finding;
    const struct baseline_entry *entry; /* NULL: it is not known yet */
    const struct quantity *quantity;
};

static bool learn(void *context, struct error *error)
{
    const struct lesson *lesson = context;

    (void)error;
    if (lesson->entry)
        learn_more(row_of(lesson->baseline, lesson->entry), lesson->quantity);
    else
        learn_new(lesson->baseline, lesson->finding, lesson->quantity);
    return true;
}

bool baseline_learn(struct baseline *baseline, const struct finding *finding,
                    const struct baseline_entry *entry, const struct quantity *quantity)
{
    struct lesson lesson = {baseline, finding, entry, quantity};
    struct error error;

    return arena_try(baseline->source.arena, learn, &lesson, baseline->source.path, &error);
}

void baseline_prune(struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->count; i++) {
        struct row *row = baseline->rows[i];

        row->is_dropped = row->is_entry && !row->entry.seen;
    }
}

/* --- writing --- */

static int compare_new(const void *left, const void *right)
{
    const struct row *one = *(const struct row *const *)left,
                     *other = *(const struct row *const *)right;
    int order = (int)one->entry.kind - (int)other->entry.kind;

    if (!order)
        order = strcmp(one->place, other->place);
    return order ? order : strcmp(one->entry.fingerprint, other->entry.fingerprint);
}

/* New entries come last, sorted, so that changes of the file are easy to review. */
static void sort_new(const struct baseline *baseline)
{
    size_t first = baseline->count;

    while (first && baseline->rows[first - 1]->is_new)
        first--;
    if (first < baseline->count)
        qsort(baseline->rows + first, baseline->count - first, sizeof(*baseline->rows),
              compare_new);
}

static bool is_changed(const struct row *row)
{
    const struct baseline_entry *entry = &row->entry;

    return row->is_new ||
           (row->is_learnt && entry->has_count && row->was.count != entry->limit.count) ||
           (row->is_learnt && entry->has_bytes && row->was.bytes != entry->limit.bytes);
}

/* A dropped entry takes its comment along, but not comments that an empty line separates from it.
 */
static size_t kept_above(const struct row *row)
{
    const char *end = row->above, *empty;

    if (!row->is_dropped)
        return strlen(row->above);
    while ((empty = strstr(end, "\n\n")))
        end = empty + 2;
    return (size_t)(end - row->above);
}

void baseline_write(const struct baseline *baseline, FILE *file)
{
    sort_new(baseline);
    for (size_t i = 0; i < baseline->count; i++) {
        const struct row *row = baseline->rows[i];

        fwrite(row->above, 1, kept_above(row), file);
        if (row->is_dropped || !row->is_entry)
            continue;
        if (is_changed(row))
            baseline_entry_write(&row->entry, file);
        else
            fprintf(file, "%s\n", row->text);
    }
}
