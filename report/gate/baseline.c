/* SPDX-License-Identifier: MIT */
#include "report/gate/baseline.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/base/arena.h"

enum { LONGEST_LINE = 16 * 1024 };

/* An entry with the lines above it, or the lines at the end of the file. */
struct row {
    struct baseline_entry entry;
    bool is_entry, is_new, is_learnt, is_dropped;
    struct quantity was; /* its limits before the first of them was learnt */
    const char *above;   /* comments and empty lines, each with its line break */
    const char *text;    /* the entry as the user wrote it */
    char place[256];     /* of a new one, for its comment */
};

struct baseline {
    struct arena *arena;
    jmp_buf out_of_memory;
    const char *path;
    char today[16];
    struct row **rows;
    size_t count, capacity;
};

static struct row *add_row(struct baseline *baseline)
{
    struct row *row = arena_alloc(baseline->arena, sizeof(*row));

    baseline->rows = arena_grow(baseline->arena, baseline->rows, baseline->count,
                                &baseline->capacity, sizeof(*baseline->rows));
    baseline->rows[baseline->count++] = row;
    row->above = "";
    return row;
}

/* --- one entry --- */

struct parser {
    struct baseline *baseline;
    struct baseline_entry *entry;
    const char *at;
    struct error *error;
};

static bool wrong(const struct parser *parser, const char *what, const char *word)
{
    return error_set(parser->error, "%.200s:%u: %s '%.100s'", parser->baseline->path,
                     parser->entry->line, what, word);
}

/* The next word, "" at the end; a value may be quoted. */
static char *next_word(struct parser *parser)
{
    const char *start = parser->at + strspn(parser->at, " \t\r");
    char *word = arena_copy(parser->baseline->arena, start, strlen(start)), *end = word;
    bool quoted = false;

    for (; *start && *start != '#' && (quoted || !strchr(" \t\r", *start)); start++) {
        if (*start == '"')
            quoted = !quoted;
        else
            *end++ = *start;
    }
    *end = '\0';
    parser->at = start;
    return word;
}

static bool parse_kind(struct parser *parser)
{
    const char *word = next_word(parser);

    for (int kind = 0; kind < FINDING_KINDS; kind++) {
        if (strcmp(word, finding_names[kind]) != 0)
            continue;
        parser->entry->kind = (enum finding_kind)kind;
        return true;
    }
    return wrong(parser, "leak, cycle, error, real-time or growth expected, not", word);
}

static bool parse_fingerprint(struct parser *parser)
{
    const char *word = next_word(parser);

    if (strlen(word) != FINGERPRINT_BYTES - 1 ||
        strspn(word, "0123456789abcdef") != FINGERPRINT_BYTES - 1)
        return wrong(parser, "a fingerprint of 16 hex digits expected, not", word);
    strcpy(parser->entry->fingerprint, word);
    return true;
}

static bool parse_number(struct parser *parser, const char *word, bool *has, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(word, &end, 10);
    *has = true;
    return (isdigit((unsigned char)*word) && !*end && errno == 0) ||
           wrong(parser, "a number expected, not", word);
}

static bool is_date(const char *word)
{
    struct tm date = {0};
    const char *end = strptime(word, "%Y-%m-%d", &date);
    int day = date.tm_mday;

    return end && !*end && strlen(word) == strlen("2027-03-31") && timegm(&date) != -1 &&
           date.tm_mday == day; /* no 30th of February */
}

static bool parse_expiry(struct parser *parser, const char *word)
{
    if (!is_date(word))
        return wrong(parser, "a date like 2027-03-31 expected, not", word);
    parser->entry->expires = word;
    parser->entry->expired = strcmp(word, parser->baseline->today) < 0;
    return true;
}

static bool parse_key(struct parser *parser, const char *key, const char *value)
{
    struct baseline_entry *entry = parser->entry;

    if (strcmp(key, "count") == 0)
        return parse_number(parser, value, &entry->has_count, &entry->limit.count);
    if (strcmp(key, "bytes") == 0)
        return parse_number(parser, value, &entry->has_bytes, &entry->limit.bytes);
    if (strcmp(key, "expires") == 0)
        return parse_expiry(parser, value);
    if (strcmp(key, "owner") == 0)
        entry->owner = value;
    else if (strcmp(key, "process") == 0)
        entry->process = value;
    else
        return wrong(parser, "count, bytes, owner, expires or process expected, not", key);
    return true;
}

static bool parse_entry(struct parser *parser)
{
    char *word;

    if (!parse_kind(parser) || !parse_fingerprint(parser))
        return false;
    while (*(word = next_word(parser))) {
        char *value = strchr(word, '=');

        if (!value)
            return wrong(parser, "KEY=VALUE expected, not", word);
        *value++ = '\0';
        if (!parse_key(parser, word, value))
            return false;
    }
    if (*parser->at == '#')
        parser->entry->comment = parser->at + 1;
    return true;
}

/* --- the file --- */

static void set_today(struct baseline *baseline)
{
    time_t now = time(NULL);
    struct tm date;

    gmtime_r(&now, &date);
    strftime(baseline->today, sizeof(baseline->today), "%Y-%m-%d", &date);
}

static bool read_line(struct baseline *baseline, struct row **row, char *line, unsigned number,
                      struct error *error)
{
    struct parser parser = {.baseline = baseline, .at = line, .error = error};

    line[strcspn(line, "\n")] = '\0';
    if (!*row)
        *row = add_row(baseline);
    if (strchr("#", line[strspn(line, " \t\r")])) { /* the end of the line, too */
        (*row)->above = arena_printf(baseline->arena, "%s%s\n", (*row)->above, line);
        return true;
    }
    (*row)->is_entry = true;
    (*row)->text = parser.at = arena_copy(baseline->arena, line, strlen(line));
    parser.entry = &(*row)->entry;
    parser.entry->line = number;
    *row = NULL;
    return parse_entry(&parser);
}

static bool read_lines(struct baseline *baseline, FILE *file, struct error *error)
{
    char line[LONGEST_LINE];
    struct row *row = NULL;

    for (unsigned number = 1; fgets(line, sizeof(line), file); number++)
        if (!read_line(baseline, &row, line, number, error))
            return false;
    if (ferror(file))
        return error_set(error, "%.200s: %s", baseline->path, strerror(errno));
    return true;
}

static void write_introduction(struct baseline *baseline)
{
    add_row(baseline)->above =
        "# Known findings of leakgraph: KIND FINGERPRINT [count=N] [bytes=N] [owner=WHO]\n"
        "# [expires=YYYY-MM-DD] [process=GLOB]  # comment. leakgraph gate --help tells more.\n\n";
}

static struct baseline *start(const char *path, struct error *error)
{
    struct baseline *baseline = calloc(1, sizeof(*baseline));

    if (baseline)
        baseline->arena = arena_new(&baseline->out_of_memory);
    if (!baseline || !baseline->arena) {
        free(baseline);
        error_set(error, "out of memory");
        return NULL;
    }
    baseline->path = path;
    set_today(baseline);
    return baseline;
}

/* The only frame that the arena jumps back to. `file` NULL: a new baseline. */
static bool may_run_out(struct baseline *baseline, FILE *file, struct error *error)
{
    if (setjmp(baseline->out_of_memory) != 0)
        return error_set(error, "%.200s: not enough memory to read it", baseline->path);
    if (file)
        return read_lines(baseline, file, error);
    write_introduction(baseline);
    return true;
}

static bool read_path(struct baseline *baseline, bool may_be_missing, struct error *error)
{
    FILE *file = fopen(baseline->path, "re");
    bool done;

    if (!file && errno == ENOENT && may_be_missing)
        return may_run_out(baseline, NULL, error);
    if (!file)
        return error_set(error, "%.200s: %s", baseline->path, strerror(errno));
    done = may_run_out(baseline, file, error);
    fclose(file);
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
    arena_free(baseline->arena);
    free(baseline);
}

const char *baseline_path(const struct baseline *baseline)
{
    return baseline->path;
}

/* --- entries --- */

static bool is_for(const struct baseline_entry *entry, const struct process *process)
{
    return !entry->process || fnmatch(entry->process, label_process(process).text, 0) == 0 ||
           (process->executable && fnmatch(entry->process, process->executable, 0) == 0);
}

/* Of two entries for one finding, as a merge leaves them, the one that knows more of it counts. */
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

/* Two processes with one finding share an entry: the larger of them counts. */
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

bool baseline_learn(struct baseline *baseline, const struct finding *finding,
                    const struct baseline_entry *entry, const struct quantity *quantity)
{
    if (setjmp(baseline->out_of_memory) != 0)
        return false;
    if (entry)
        learn_more(row_of(baseline, entry), quantity);
    else
        learn_new(baseline, finding, quantity);
    return true;
}

void baseline_prune(struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->count; i++) {
        struct row *row = baseline->rows[i];

        row->is_dropped = row->is_entry && !row->entry.seen;
    }
}

/* --- writing --- */

static void write_value(FILE *file, const char *key, const char *value)
{
    bool quoted = !*value || strpbrk(value, " \t#");

    if (quoted)
        fprintf(file, " %s=\"%s\"", key, value);
    else
        fprintf(file, " %s=%s", key, value);
}

static void write_entry(FILE *file, const struct baseline_entry *entry)
{
    fprintf(file, "%s %s", finding_names[entry->kind], entry->fingerprint);
    if (entry->has_count)
        fprintf(file, " count=%" PRIu64, entry->limit.count);
    if (entry->has_bytes)
        fprintf(file, " bytes=%" PRIu64, entry->limit.bytes);
    if (entry->owner)
        write_value(file, "owner", entry->owner);
    if (entry->expires)
        write_value(file, "expires", entry->expires);
    if (entry->process)
        write_value(file, "process", entry->process);
    if (entry->comment)
        fprintf(file, "  #%s", entry->comment);
    fputc('\n', file);
}

static int compare_new(const void *left, const void *right)
{
    const struct row *one = *(const struct row *const *)left,
                     *other = *(const struct row *const *)right;
    int order = (int)one->entry.kind - (int)other->entry.kind;

    if (!order)
        order = strcmp(one->place, other->place);
    return order ? order : strcmp(one->entry.fingerprint, other->entry.fingerprint);
}

/* New entries come last, in an order of their own, so that a change of the file is easy to review.
 */
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

/* Comments that an empty line separates from an entry stay when it goes. */
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
            write_entry(file, &row->entry);
        else
            fprintf(file, "%s\n", row->text);
    }
}
