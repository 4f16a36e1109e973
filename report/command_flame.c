/* SPDX-License-Identifier: MIT */
/* leakgraph flame: call stacks with a cost. */
#include "report/command.h"
#include "report/folded.h"

static const char *output_path;
static unsigned format, cost;
static uint64_t pid;

/* In the order of the names in --format. */
static bool (*const writers[])(const struct session *, enum cost, uint64_t, FILE *,
                               struct error *) = {folded_write};

const struct option_row flame_options[] = {
    {'f', "format", "folded", "the format (default folded)", option_choice, &format},
    {'c', "cost", COST_NAMES, "what a stack costs (default peak)", option_choice, &cost},
    {'p', "pid", "PID", "this process only", option_count, &pid},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *session, FILE *file, struct error *error)
{
    return writers[format](session, (enum cost)cost, pid, file, error);
}

int command_flame(int count, char **operands)
{
    return command_render(&(struct rendering){.render = render, .output_path = output_path}, count,
                          operands);
}
