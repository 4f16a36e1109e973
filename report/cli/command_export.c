/* SPDX-License-Identifier: MIT */
/* leakgraph export: all findings for other programs. */
#include "analyzer/object_graph.h"
#include "report/cli/command.h"
#include "report/cli/output_format.h"
#include "report/gate/gate_export.h"
#include "report/html/html.h"
#include "report/json/json.h"
#include "report/metrics/openmetrics.h"
#include "report/text/csv.h"
#include "report/timeline/massif.h"
#include "report/timeline/timeline_svg.h"

static const char *output_path;
static unsigned format = OUTPUT_FORMAT_BY_NAME;

enum { HTML = 1 };

/* In the order of the names in --format. */
static bool (*const writers[])(const struct session *, FILE *, struct error *) = {
    json_write,           html_write,        massif_write,
    timeline_svg_write,   gate_export_junit, gate_export_sarif,
    gate_export_markdown, openmetrics_write, csv_write_places};

const struct option_row export_options[] = {
    {'f', "format", "json|html|massif|timeline|junit|sarif|markdown|openmetrics|csv",
     "output format (default by the ending of FILE, otherwise json)", option_choice, &format},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

int command_export(int count, char **operands)
{
    const struct object_query types = {.types = true};

    if (!output_format_choose("export", export_options, output_path, &format))
        return EXIT_WRONG_USE;
    return command_render(&(struct rendering){.render = writers[format],
                                              .output_path = output_path,
                                              .objects = format == HTML ? &types : NULL},
                          count, operands);
}
