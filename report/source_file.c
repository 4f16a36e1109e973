/* SPDX-License-Identifier: MIT */
#include "report/source_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST_SOURCE = 64 << 20 };

static char *read_text(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    char *text = NULL;

    if (!file)
        return NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size < LARGEST_SOURCE)
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

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

bool source_file_read(struct source_file *source, const char *path)
{
    const char *base = base_name(path);
    int error_number;

    *source = (struct source_file){0};
    source->text = *path != '<' ? read_text(path) : NULL;
    error_number = errno;
    if (!source->text && base != path && *path != '<')
        source->text = read_text(base);
    if (source->text && split_lines(source))
        return true;
    if (*path == '<') {
        if (asprintf(&source->tried, "%s is no file", path) < 0)
            source->tried = NULL;
    } else if (base == path) {
        if (asprintf(&source->tried, "%s: %s", path, strerror(error_number)) < 0)
            source->tried = NULL;
    } else if (asprintf(&source->tried, "%s: %s; no %s here either", path, strerror(error_number), base) < 0) {
        source->tried = NULL;
    }
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

/* Names the function and is followed by its parameters. */
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

unsigned source_file_function_start(const struct source_file *source, const char *function, unsigned number)
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
