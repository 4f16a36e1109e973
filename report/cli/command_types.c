/* SPDX-License-Identifier: MIT */
/* leakgraph types: the most common types and what they hold. */
#include "analyzer/object_graph.h"
#include "report/cli/command.h"
#include "report/cli/output_format.h"
#include "report/cli/process_option.h"
#include "report/json/type_json.h"
#include "report/text/csv.h"
#include "report/text/type_table.h"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

static const char *output_path;
static unsigned format = OUTPUT_FORMAT_BY_NAME;
static uint64_t since;
static struct type_table_options settings = {.top = 20};

const struct option_row types_options[] = {
    PROCESS_OPTION_ROW("", &settings.pid),
    {'n', "top", "N", "types per process (default 20)", option_count, &settings.top},
    {0, "sort", "bytes|blocks|retained|name", "order (default bytes)", option_choice,
     &settings.order},
    {0, "since", "N", "only blocks allocated after the session's snapshot N", option_count, &since},
    {0, "stack-only", NULL,
     "only types with blocks that only thread stacks and registers keep alive", option_flag,
     &settings.stack_only},
    {'f', "format", "text|json|csv", "default by the ending of FILE, otherwise text", option_choice,
     &format},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *session, FILE *file, struct error *error)
{
    if (format == FORMAT_JSON)
        return type_json_write(session, file, error);
    if (format == FORMAT_CSV)
        return csv_write_types(session, file, error);
    settings.style = style_of(file);
    return type_table_write(session, &settings, file, error);
}

int command_types(int count, char **operands)
{
    struct object_query query = {.pid = settings.pid,
                                 .is_wanted = process_option_wants,
                                 .types = true,
                                 .since_snapshot = since};

    if (!output_format_choose("types", types_options, output_path, &format))
        return EXIT_WRONG_USE;
    return command_render(
        &(struct rendering){.render = render,
                            .output_path = output_path,
                            .summary = true, /* only the place of a stack is shown */
                            .objects = &query},
        count, operands);
}
