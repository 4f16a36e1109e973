/* SPDX-License-Identifier: MIT */
/* leakgraph graph: the cycles in DOT. */
#include "report/command.h"
#include "report/dot.h"

static const char *output_path;
static struct dot_options settings = {.top = 20, .members = 50};

const struct option_row graph_options[] = {
    {'p', "pid", "PID", "this process only", option_count, &settings.pid},
    {'l', "leaks", NULL, "draw leaks without a cycle, too", option_flag, &settings.leaks},
    {'n', "top", "N", "kinds of cycles for each process, biggest first (default 20)", option_count,
     &settings.top},
    {0, "members", "N", "blocks drawn of one cycle (default 50)", option_count, &settings.members},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *session, FILE *file, struct error *error)
{
    return dot_write(session, &settings, file, error);
}

int command_graph(int count, char **operands)
{
    return command_render(&(struct rendering){.render = render, .output_path = output_path}, count,
                          operands);
}
