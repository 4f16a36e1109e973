/* SPDX-License-Identifier: MIT */
#include "report/gate/baseline_entry.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct parser {
    const struct baseline_source *source;
    struct baseline_entry *entry;
    const char *at;
    struct error *error;
};

static bool wrong(const struct parser *parser, const char *what, const char *word)
{
    return error_set(parser->error, "%.200s:%u: %s '%.100s'", parser->source->path,
                     parser->entry->line, what, word);
}

/* The next word, "" at the end; a value may be quoted. */
static char *next_word(struct parser *parser)
{
    const char *start = parser->at + strspn(parser->at, " \t\r");
    char *word = arena_copy(parser->source->arena, start, strlen(start)), *end = word;
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
    return wrong(parser, "expected leak, cycle, error, real-time or growth, not", word);
}

static bool parse_fingerprint(struct parser *parser)
{
    const char *word = next_word(parser);

    if (strlen(word) != FINGERPRINT_BYTES - 1 ||
        strspn(word, "0123456789abcdef") != FINGERPRINT_BYTES - 1)
        return wrong(parser, "expected a fingerprint of 16 hex digits, not", word);
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
           wrong(parser, "expected a number, not", word);
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
        return wrong(parser, "expected a date like 2027-03-31, not", word);
    parser->entry->expires = word;
    parser->entry->expired = strcmp(word, parser->source->today) < 0;
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
        return wrong(parser, "expected count, bytes, owner, expires or process, not", key);
    return true;
}

static bool parse(struct parser *parser)
{
    char *word;

    if (!parse_kind(parser) || !parse_fingerprint(parser))
        return false;
    while (*(word = next_word(parser))) {
        char *value = strchr(word, '=');

        if (!value)
            return wrong(parser, "expected KEY=VALUE, not", word);
        *value++ = '\0';
        if (!parse_key(parser, word, value))
            return false;
    }
    if (*parser->at == '#')
        parser->entry->comment = parser->at + 1;
    return true;
}

bool baseline_entry_parse(struct baseline_entry *entry, const struct baseline_source *source,
                          const char *line, struct error *error)
{
    struct parser parser = {.source = source, .entry = entry, .at = line, .error = error};

    return parse(&parser);
}

static void write_value(FILE *file, const char *key, const char *value)
{
    bool quoted = !*value || strpbrk(value, " \t#");

    if (quoted)
        fprintf(file, " %s=\"%s\"", key, value);
    else
        fprintf(file, " %s=%s", key, value);
}

void baseline_entry_write(const struct baseline_entry *entry, FILE *file)
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
