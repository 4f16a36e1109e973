/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/suppression_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/text.h"

struct suppression_rules {
    struct arena *arena;
    struct suppression_rule **all;
    size_t count, capacity;
};

struct suppression_rules *suppression_rules_new(void)
{
    struct suppression_rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return NULL;
    rules->arena = arena_new();
    if (!rules->arena) {
        free(rules);
        return NULL;
    }
    return rules;
}

void suppression_rules_free(struct suppression_rules *rules)
{
    if (!rules)
        return;
    arena_free(rules->arena);
    free(rules);
}

size_t suppression_rules_count(const struct suppression_rules *rules)
{
    return rules ? rules->count : 0;
}

struct suppression_rule *suppression_rules_get(const struct suppression_rules *rules, size_t index)
{
    return rules->all[index];
}

static struct suppression_rule *add_rule(struct suppression_rules *rules)
{
    struct suppression_rule *rule = arena_alloc(rules->arena, sizeof *rule);
    rules->all =
        arena_grow(rules->arena, rules->all, rules->count, &rules->capacity, sizeof(*rules->all));
    rules->all[rules->count++] = rule;
    for (int class = 0; class < LEAK_CLASSES; class ++)
        rule->classes[class] = true;
    return rule;
}

/* --- lines --- */

struct reader {
    struct suppression_rules *rules;
    const char *path; /* the arena's */
    char *next;       /* the rest of the file */
    char *line;       /* without surrounding blanks */
    unsigned number;
    struct error *error;
};

static bool wrong(const struct reader *reader, const char *what, const char *word)
{
    return error_set(reader->error, "%.200s:%u: %s%s%.100s%s", reader->path, reader->number, what,
                     word ? " '" : "", word ? word : "", word ? "'" : "");
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

/* Moves to the next line that is neither empty nor a comment; false at the end. */
static bool next_line(struct reader *reader)
{
    while (reader->next && *reader->next) {
        char *start = reader->next, *end = strchrnul(start, '\n');
        reader->next = *end ? end + 1 : NULL;
        reader->number++;
        while (is_blank(*start))
            start++;
        while (end > start && is_blank(end[-1]))
            end--;
        *end = '\0';
        if (*start && *start != '#') {
            reader->line = start;
            return true;
        }
    }
    reader->line = NULL;
    return false;
}

static bool take_prefix(const char **text, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(*text, prefix, length) != 0)
        return false;
    *text += length;
    return true;
}

static const char *keep(const struct reader *reader, const char *text)
{
    return text_utf8(reader->rules->arena, text, strlen(text));
}

/* --- LeakSanitizer --- */

static bool read_sanitizer_rule(struct reader *reader)
{
    const char *pattern = reader->line;
    if (!take_prefix(&pattern, "leak:"))
        return wrong(reader, "neither 'leak:PATTERN' nor '{':", reader->line);
    if (!*pattern)
        return wrong(reader, "'leak:' without a pattern", NULL);
    struct suppression_rule *rule = add_rule(reader->rules);
    rule->name = keep(reader, reader->line);
    rule->file = reader->path;
    rule->line = reader->number;
    rule->template = keep(reader, pattern);
    return true;
}

/* --- valgrind --- */

/* Memcheck's kinds, and which of them are followed by a line of their own. */
enum extra { EXTRA_NONE, EXTRA_LINE, EXTRA_LEAK_KINDS };
static const struct memcheck_kind {
    const char *name;
    enum extra extra;
    enum suppression_use use;
} memcheck_kinds[] = {
    {"Leak", EXTRA_LEAK_KINDS, SUPPRESSES_LEAKS},
    {"Free", EXTRA_NONE, SUPPRESSES_FREES},
    {"Param", EXTRA_LINE, SUPPRESSES_ELSE},
    {"User", EXTRA_LINE, SUPPRESSES_ELSE},
    {"FishyValue", EXTRA_LINE, SUPPRESSES_ELSE},
    {"Value0", EXTRA_NONE, SUPPRESSES_ELSE}, /* an old name of Cond */
    {"Value1", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Value2", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Value4", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Value8", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Value16", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Value32", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Cond", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr1", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr2", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr4", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr8", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr16", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Addr32", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Jump", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Overlap", EXTRA_NONE, SUPPRESSES_ELSE},
    {"Mempool", EXTRA_NONE, SUPPRESSES_ELSE},
    {"ReallocZero", EXTRA_NONE, SUPPRESSES_ELSE},
    {"BadAlign", EXTRA_NONE, SUPPRESSES_ELSE},
    {"BadSize", EXTRA_NONE, SUPPRESSES_ELSE},
    {"SizeMismatch", EXTRA_NONE, SUPPRESSES_ELSE},
    {"AlignMismatch", EXTRA_NONE, SUPPRESSES_ELSE},
    {NULL, EXTRA_NONE, SUPPRESSES_ELSE},
};

static bool names_memcheck(const char *tools, size_t length)
{
    static const char name[] = "Memcheck";
    const char *end = tools + length;
    while (tools < end) {
        size_t word = strcspn(tools, ",:");
        if (word == sizeof name - 1 && memcmp(tools, name, word) == 0)
            return true;
        tools += word + 1;
    }
    return false;
}

/* Reads "Memcheck,drd:Leak". Another tool's kind is ignored: `kind` stays NULL. */
static bool read_kind(struct reader *reader, const struct memcheck_kind **kind)
{
    const char *colon = strchr(reader->line, ':');
    *kind = NULL;
    if (!colon || colon == reader->line || !colon[1])
        return wrong(reader, "'TOOL:KIND' expected, not", reader->line);
    if (!names_memcheck(reader->line, (size_t)(colon - reader->line)))
        return true;
    for (*kind = memcheck_kinds; (*kind)->name; (*kind)++)
        if (strcmp((*kind)->name, colon + 1) == 0)
            return true;
    return wrong(reader, "Memcheck has no kind", colon + 1);
}

/* valgrind calls one block of a cycle "definite" and the others "indirect". */
static bool add_leak_kind(struct suppression_rule *rule, const char *word, size_t length)
{
    static const struct {
        const char *name;
        bool classes[LEAK_CLASSES];
    } kinds[] = {
        {"definite", {[LEAK_DIRECT] = true, [LEAK_CYCLE] = true}},
        {"indirect", {[LEAK_INDIRECT] = true, [LEAK_CYCLE] = true}},
        {"all", {true, true, true}},
        {"possible", {false}},
        {"reachable", {false}},
        {"none", {false}},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i].name) != length || memcmp(kinds[i].name, word, length) != 0)
            continue;
        for (int class = 0; class < LEAK_CLASSES; class ++)
            rule->classes[class] |= kinds[i].classes[class];
        return true;
    }
    return false;
}

static bool read_leak_kinds(struct reader *reader, struct suppression_rule *rule, const char *words)
{
    bool any = false;
    memset(rule->classes, 0, sizeof rule->classes);
    for (words += strspn(words, " \t"); *words; words += strspn(words, ", \t")) {
        size_t length = strcspn(words, ", \t");
        if (!add_leak_kind(rule, words, length))
            return wrong(reader, "no kind of leak:", words);
        words += length;
    }
    for (int class = 0; class < LEAK_CLASSES; class ++)
        any |= rule->classes[class];
    if (!any)
        rule->use = SUPPRESSES_ELSE; /* reachable blocks are no leaks here */
    return true;
}

static bool read_location(struct reader *reader, struct suppression_location *location)
{
    static const struct {
        const char *prefix;
        enum suppression_frame kind;
    } prefixes[] = {{"fun:", FRAME_FUNCTION}, {"obj:", FRAME_OBJECT}, {"src:", FRAME_SOURCE}};
    const char *text = reader->line;
    if (strcmp(text, "...") == 0) {
        *location = (struct suppression_location){FRAME_ANY_NUMBER, NULL};
        return true;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (!take_prefix(&text, prefixes[i].prefix))
            continue;
        *location = (struct suppression_location){prefixes[i].kind, keep(reader, text)};
        return *text || wrong(reader, "nothing behind", reader->line);
    }
    return wrong(reader, "'fun:', 'obj:', 'src:' or '...' expected, not", reader->line);
}

static bool is_end(const struct reader *reader)
{
    return strcmp(reader->line, "}") == 0;
}

/* Reads from the current line to the closing brace. */
static bool read_locations(struct reader *reader, struct suppression_rule *rule)
{
    struct suppression_location *locations = NULL;
    size_t capacity = 0;
    bool any = false;
    for (; reader->line && !is_end(reader); next_line(reader)) {
        locations = arena_grow(reader->rules->arena, locations, rule->location_count, &capacity,
                               sizeof *locations);
        if (!read_location(reader, &locations[rule->location_count]))
            return false;
        any |= locations[rule->location_count++].kind != FRAME_ANY_NUMBER;
    }
    rule->locations = locations;
    if (!reader->line)
        return wrong(reader, "the file ends inside of the suppression", rule->name);
    return any || wrong(reader, "no fun:, obj: or src: in the suppression", rule->name);
}

static bool skip_to_end(struct reader *reader, const char *name)
{
    while (reader->line && !is_end(reader))
        next_line(reader);
    return reader->line || wrong(reader, "the file ends inside of the suppression", name);
}

/* Reads the extra line that some kinds have, then the stack. */
static bool read_body(struct reader *reader, struct suppression_rule *rule,
                      const struct memcheck_kind *kind)
{
    const char *text = reader->line;
    bool is_extra = kind->extra == EXTRA_LINE || (kind->extra == EXTRA_LEAK_KINDS && text &&
                                                  take_prefix(&text, "match-leak-kinds:"));
    if (is_extra && text && kind->extra == EXTRA_LEAK_KINDS && !read_leak_kinds(reader, rule, text))
        return false;
    if (is_extra && text && !is_end(reader))
        next_line(reader);
    return read_locations(reader, rule);
}

static bool read_valgrind_rule(struct reader *reader)
{
    const struct memcheck_kind *kind;
    unsigned line = reader->number;
    if (!next_line(reader) || is_end(reader))
        return wrong(reader, "the suppression has no name", NULL);
    struct suppression_rule *rule = add_rule(reader->rules);
    *rule = (struct suppression_rule){.name = keep(reader, reader->line),
                                      .file = reader->path,
                                      .line = line,
                                      .classes = {true, true, true}};
    if (!next_line(reader) || is_end(reader))
        return wrong(reader, "no 'TOOL:KIND' in the suppression", rule->name);
    if (!read_kind(reader, &kind))
        return false;
    rule->use = kind ? kind->use : SUPPRESSES_ELSE;
    next_line(reader);
    return kind ? read_body(reader, rule, kind) : skip_to_end(reader, rule->name);
}

/* --- files --- */

static bool read_rules(struct reader *reader)
{
    while (next_line(reader))
        if (!(strcmp(reader->line, "{") == 0 ? read_valgrind_rule(reader)
                                             : read_sanitizer_rule(reader)))
            return false;
    return true;
}

/* Reads the whole file and appends a NUL. */
static char *read_file(struct arena *arena, FILE *file)
{
    size_t size = 0, capacity = 64 * 1024;
    char *text = arena_alloc(arena, capacity);
    for (size_t got; (got = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += got;
        if (size + 1 < capacity)
            continue;
        char *larger = arena_array(arena, capacity, 2);
        memcpy(larger, text, size);
        text = larger;
        capacity *= 2;
    }
    text[size] = '\0';
    return strlen(text) == size ? text : NULL;
}

struct rule_file {
    struct suppression_rules *rules;
    const char *path;
    FILE *file;
};

static bool read_open_file(void *context, struct error *error)
{
    const struct rule_file *from = context;
    struct reader reader = {.rules = from->rules, .error = error};
    reader.path = text_utf8(from->rules->arena, from->path, strlen(from->path));
    errno = 0;
    reader.next = read_file(from->rules->arena, from->file);
    if (ferror(from->file))
        return error_set(error, "%.200s: %s", from->path, strerror(errno));
    if (!reader.next)
        return error_set(error, "%.200s: a NUL byte in it: no file of suppressions", from->path);
    return read_rules(&reader);
}

bool suppression_rules_read(struct suppression_rules *rules, const char *path, struct error *error)
{
    struct rule_file from = {rules, path, fopen(path, "re")};
    if (!from.file)
        return error_set(error, "%.200s: %s", path, strerror(errno));
    bool done = arena_try(rules->arena, read_open_file, &from, path, error);
    fclose(from.file);
    return done;
}
