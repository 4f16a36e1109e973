/* SPDX-License-Identifier: MIT */
/* leakgraph diff: what grew between two sessions, or two snapshots of one. */
#include <errno.h>

#include "analyzer/object_graph.h"
#include "report/base/output.h"
#include "report/cli/command.h"
#include "report/json/type_json.h"
#include "report/text/type_growth_text.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const char *output_path;
static unsigned format;
static struct type_growth_text_options settings = {.top = 20};

const struct option_row diff_options[] = {
    {'p', "pid", "PID", "only this process of the new session", option_count, &settings.pid},
    {'n', "top", "N", "entries per list (default 20)", option_count, &settings.top},
    {0, "format", "text|json", "default text", option_choice, &format},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *old, const struct session *new, FILE *file,
                   struct error *error)
{
    if (format == FORMAT_JSON)
        return type_json_write_growth(old, new, settings.pid, file, error);
    settings.style = style_of(file);
    return type_growth_text_write(old, new, &settings, file, error);
}

static int write_difference(const struct session *old, const struct session *new)
{
    struct error error = {0};
    struct output output;
    bool written = false;

    if (output_open(&output, output_path, &error)) {
        written = render(old, new, output.file, &error);
        if (written)
            written = output_finish(&output, &error);
        else
            output_abandon(&output);
    }
    if (!written && errno != EPIPE)
        complain("%s", error.message);
    return written ? EXIT_FINE : EXIT_WRONG_USE;
}

int command_diff(int count, char **operands)
{
    struct object_query query = {.types = true};
    struct session *old, *new;
    int status = EXIT_NO_VERDICT;

    if (count != 2) {
        complain("diff: needs two sessions, OLD and NEW");
        return EXIT_WRONG_USE;
    }
    old = command_load_objects(operands[0], &query);
    new = old ? command_load_objects(operands[1], &query) : NULL;
    if (old && new)
        status = write_difference(old, new);
    session_free(new);
    session_free(old);
    return status;
}
