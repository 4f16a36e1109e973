/* SPDX-License-Identifier: MIT */
/* leakgraph report: the summary for people. */
#include "analyzer/object_graph.h"
#include "report/command.h"
#include "report/text.h"

static const char *output_path;
static uint64_t top = 10, stack_frames = 3, pid;
static bool no_symbols, retained;

const struct option_row report_options[] = {
    {'n', "top", "N", "entries in each list (default 10)", option_count, &top},
    {'s', "stacks", "N", "frames of each call stack (default 3; 0: all)", option_count,
     &stack_frames},
    {'p', "pid", "PID", "this process only, in full", option_count, &pid},
    {0, "retained", NULL, "what holds most, with all that would go with it", option_flag,
     &retained},
    {0, "no-symbols", NULL, "addresses only: quicker when there is much debug info", option_flag,
     &no_symbols},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *session, FILE *file, struct error *error)
{
    struct text_options options = {
        .style = style_of(file), .top = top, .stack_frames = stack_frames, .pid = pid};

    return text_write(session, &options, file, error);
}

int command_report(int count, char **operands)
{
    struct object_query query = {.pid = pid, .retainers = true, .too_many = top};

    return command_render(&(struct rendering){.render = render,
                                              .output_path = output_path,
                                              .objects = retained ? &query : NULL,
                                              .without_symbols = no_symbols,
                                              .summary = !retained},
                          count, operands);
}
