/* SPDX-License-Identifier: MIT */
#include "report/cli/output_format.h"

#include <stdio.h>
#include <string.h>

#include "report/base/complain.h"

/* A longer ending comes before one that it ends with. */
static const struct {
    const char *ending, *format;
} endings[] = {
    {".speedscope.json", "speedscope"},
    {".sarif.json", "sarif"},
    {".json", "json"},
    {".json", "speedscope"},
    {".html", "html"},
    {".svg", "svg"},
    {".svg", "timeline"},
    {".png", "png"},
    {".dot", "dot"},
    {".gv", "dot"},
    {".csv", "csv"},
    {".txt", "text"},
    {".txt", "folded"},
    {".folded", "folded"},
    {".pb.gz", "pprof"},
    {".pprof", "pprof"},
    {".massif", "massif"},
    {".xml", "junit"},
    {".sarif", "sarif"},
    {".md", "markdown"},
    {".prom", "openmetrics"},
};
enum { ENDINGS = sizeof(endings) / sizeof(endings[0]) };

/* Its place in "dot|svg|png"; -1: it is not there. */
static int place_in(const char *choices, const char *format)
{
    size_t length = strlen(format);

    for (int place = 0;; place++) {
        size_t choice = strcspn(choices, "|");

        if (choice == length && memcmp(choices, format, length) == 0)
            return place;
        if (!choices[choice])
            return -1;
        choices += choice + 1;
    }
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), ending_length = strlen(ending);

    return length > ending_length && strcmp(name + length - ending_length, ending) == 0;
}

static bool complain_of(const char *command, const char *name, const char *choices)
{
    char known[256] = "";

    for (int i = 0; i < ENDINGS; i++)
        if (place_in(choices, endings[i].format) >= 0) {
            size_t used = strlen(known);

            snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "",
                     endings[i].ending);
        }
    complain("%s: '%s' tells no format by its ending (%s); choose one with --format", command, name,
             known);
    return false;
}

bool output_format_choose(const char *command, const struct option_row *rows, const char *path,
                          unsigned *format)
{
    const char *slash = path ? strrchr(path, '/') : NULL, *name = slash ? slash + 1 : path;
    const char *choices;

    if (*format != OUTPUT_FORMAT_BY_NAME)
        return true;
    *format = 0;
    while (strcmp(rows->name, "format") != 0)
        rows++;
    choices = rows->argument;
    if (!name || !strchr(name, '.') || strncmp(path, "/dev/", 5) == 0)
        return true;
    for (int i = 0; i < ENDINGS; i++)
        if (ends_with(name, endings[i].ending) && place_in(choices, endings[i].format) >= 0) {
            *format = (unsigned)place_in(choices, endings[i].format);
            return true;
        }
    return complain_of(command, name, choices);
}
