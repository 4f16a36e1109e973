/* SPDX-License-Identifier: MIT */
/* leakgraph diff: what grew between two sessions, or two snapshots of one. */
#include "analyzer/object_graph.h"
#include "report/cli/command.h"
#include "report/cli/output_format.h"
#include "report/cli/process_option.h"
#include "report/json/type_json.h"
#include "report/text/type_growth_text.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

static const char *output_path;
static unsigned format = OUTPUT_FORMAT_BY_NAME;
static struct type_growth_text_options settings = {.top = 20};

const struct option_row diff_options[] = {
    PROCESS_OPTION_ROW(" (of the new session)", &settings.pid),
    {'n', "top", "N", "entries per list (default 20)", option_count, &settings.top},
    {'f', "format", "text|json", "default by the ending of FILE, otherwise text", option_choice,
     &format},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

struct sessions {
    const struct session *old, *new;
};

static bool render(void *context, FILE *file, struct error *error)
{
    const struct sessions *sessions = context;

    if (format == FORMAT_JSON)
        return type_json_write_growth(sessions->old, sessions->new, settings.pid, file, error);
    settings.style = style_of(file);
    return type_growth_text_write(sessions->old, sessions->new, &settings, file, error);
}

int command_diff(int count, char **operands)
{
    struct object_query query = {.types = true};
    struct session *old, *new;
    struct error error = {0};
    int status = EXIT_NO_VERDICT;

    if (!output_format_choose("diff", diff_options, output_path, &format))
        return EXIT_WRONG_USE;
    if (count != 2) {
        complain("diff: needs two sessions, OLD and NEW");
        return EXIT_WRONG_USE;
    }
    old = command_load_objects(operands[0], &query);
    new = old ? command_load_objects(operands[1], &query) : NULL;
    if (old && new && !process_option_settle(new, &error))
        complain("%s", error.message);
    else if (old && new)
        status = command_write(output_path, render, &(struct sessions){old, new});
    session_free(new);
    session_free(old);
    return status;
}
