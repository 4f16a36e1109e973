/* SPDX-License-Identifier: MIT */
#include "report/view/source_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/text.h"

enum { LARGEST_SOURCE = 64 << 20, MOST_PLACES = 16 };

static char *read_text(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    char *text = NULL;

    if (!file)
        return NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size < LARGEST_SOURCE)
        text = malloc((size_t)status.st_size + 1);
    else
        errno = EINVAL;
    if (text)
        text[fread(text, 1, (size_t)status.st_size, file)] = 0;
    fclose(file);
    return text;
}

static bool split_lines(struct source_file *source)
{
    size_t count = 1;

    for (const char *at = source->text; (at = strchr(at, '\n')); at++)
        count++;
    source->lines = calloc(count, sizeof(*source->lines));
    if (!source->lines)
        return false;
    for (char *at = source->text; at; source->line_count++) {
        char *end = strchr(at, '\n');

        source->lines[source->line_count] = at;
        if (end)
            *end++ = 0;
        at = end;
    }
    return true;
}

static const char *places[MOST_PLACES];
static size_t place_count;

static bool add_place(const struct option_row *row, const char *argument, struct error *error)
{
    if (place_count == MOST_PLACES)
        return error_set(error, "--%s: '%s': too many folders", row->name, argument);
    places[place_count++] = argument;
    return true;
}

const struct option_row source_options[] = {
    {0, "source-dir", "DIR",
     "where the sources are now; files are found by the end of their path. OLD=NEW: what was below "
     "OLD is below NEW (may be repeated)",
     add_place, NULL},
    {0},
};

/* FOLDER/PATH; NULL: there is no such file. */
static char *read_below(const char *folder, size_t folder_length, const char *path)
{
    char *joined, *text;

    if (asprintf(&joined, "%.*s/%s", (int)folder_length, folder, path) < 0)
        return NULL;
    text = read_text(joined);
    free(joined);
    return text;
}

/* By the ends of the path, longest first: a/b/c.c, b/c.c, c.c. */
static char *read_end_below(const char *folder, const char *path)
{
    char *text = NULL;

    while (!text && path) {
        path += strspn(path, "/");
        text = read_below(folder, strlen(folder), path);
        path = strchr(path, '/');
    }
    return text;
}

/* "OLD=NEW"; NULL: the path is not below OLD. */
static char *read_moved(const char *mapping, const char *path)
{
    const char *equal = strchr(mapping, '=');
    size_t length = (size_t)(equal - mapping);

    while (length && mapping[length - 1] == '/')
        length--;
    if (strncmp(path, mapping, length) != 0 || (path[length] != '/' && path[length]))
        return NULL;
    return read_below(equal + 1, strlen(equal + 1), path + length + strspn(path + length, "/"));
}

static char *read_from_places(const char *path)
{
    char *text = NULL;

    for (size_t i = 0; !text && i < place_count; i++)
        text =
            strchr(places[i], '=') ? read_moved(places[i], path) : read_end_below(places[i], path);
    return text;
}

/* What was tried, and where. */
static char *tell_tried(const char *path, int error_number)
{
    char *tried = NULL;
    size_t size;
    FILE *text = open_memstream(&tried, &size);

    if (!text)
        return NULL;
    if (*path == '<')
        fprintf(text, "%s is not a file", path);
    else
        fprintf(text, "%s: %s", path, strerror(error_number));
    for (size_t i = 0; *path != '<' && i < place_count; i++)
        fprintf(text, "; not below %s", places[i]);
    if (*path != '<' && text_base_name(path) != path)
        fprintf(text, "; no %s here, either", text_base_name(path));
    fclose(text);
    return tried;
}

bool source_file_read(struct source_file *source, const char *path)
{
    int error_number = ENOENT;

    *source = (struct source_file){0};
    if (*path != '<') {
        source->text = read_from_places(path);
        if (!source->text)
            source->text = read_text(path);
        error_number = errno;
        if (!source->text)
            source->text = read_end_below(".", path);
    }
    if (source->text && split_lines(source))
        return true;
    source->tried = tell_tried(path, error_number);
    return false;
}

const char *source_file_line(const struct source_file *source, unsigned number)
{
    return number > 0 && number <= source->line_count ? source->lines[number - 1] : "";
}

void source_file_release(struct source_file *source)
{
    free(source->text);
    free(source->lines);
    free(source->tried);
    *source = (struct source_file){0};
}

/* "plan" of "Node.plan", "ns::Node::plan(int)" and "outer.<locals>.plan". */
static size_t last_name(const char *function, const char **name)
{
    size_t end = strcspn(function, "(");
    size_t start = end;

    while (start > 0 && (isalnum((unsigned char)function[start - 1]) || function[start - 1] == '_'))
        start--;
    *name = function + start;
    return end - start;
}

/* The line names the function, followed by its parameters. */
static bool declares(const char *line, const char *name, size_t length)
{
    const char *at = line;
    bool in_python = strstr(line, "def ") != NULL;

    while ((at = strstr(at, name))) {
        bool is_whole = at == line || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');

        at += length;
        if (is_whole && at[strspn(at, " ")] == '(')
            return in_python || (!isspace((unsigned char)line[0]) && !strchr(line, ';'));
    }
    return false;
}

unsigned source_file_function_start(const struct source_file *source, const char *function,
                                    unsigned number)
{
    enum { NEAR_LINES = 500 };
    const char *start;
    size_t length = function ? last_name(function, &start) : 0;
    char name[256];

    if (length == 0 || length >= sizeof(name))
        return number;
    memcpy(name, start, length);
    name[length] = 0;
    for (unsigned line = number; line > 0 && number - line < NEAR_LINES; line--)
        if (declares(source_file_line(source, line), name, length))
            return line;
    return number;
}
