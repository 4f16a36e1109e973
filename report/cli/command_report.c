/* SPDX-License-Identifier: MIT */
/* leakgraph report: the summary for people. */
#include "analyzer/object_graph.h"
#include "report/cli/command.h"
#include "report/cli/process_option.h"
#include "report/text/text_report.h"
#include "report/view/labels.h"
#include "report/view/module_filter.h"

static const char *output_path, *module;
static uint64_t top = 10, stack_frames = 3, pid;
static unsigned tree, cost = COST_COUNT;
static bool no_symbols, retained, by_thread, full_names;

const struct option_row report_options[] = {
    {'n', "top", "N", "entries per list (default 10)", option_count, &top},
    {'s', "stacks", "N", "frames per call stack (default 3; 0: all)", option_count, &stack_frames},
    PROCESS_OPTION_ROW("", &pid),
    {'m', "module", "PATTERN",
     "only what these programs, libraries or Python files allocated: 'libplanner*', '*/maps/*', "
     "or a part of the name",
     option_text, &module},
    {'t', "by-thread", NULL, "show what each thread allocated, too", option_flag, &by_thread},
    {0, "tree", "none|bottom-up|top-down",
     "show a call tree instead: from the functions that allocate up to their callers, or from main "
     "down; what is under 1 % is summed up",
     option_choice, &tree},
    {'c', "cost", COST_NAMES, "of the tree (default peak; by thread: allocated)", option_choice,
     &cost},
    {0, "retained", NULL, "show what retains most, with all that would go with it", option_flag,
     &retained},
    {0, "full-names", NULL, "C++ names with all template arguments; lines are not cut", option_flag,
     &full_names},
    {0, "no-symbols", NULL, "addresses only: faster when there is much debug info", option_flag,
     &no_symbols},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static bool render(const struct session *session, FILE *file, struct error *error)
{
    struct text_options options = {.style = style_of(file),
                                   .top = top,
                                   .stack_frames = stack_frames,
                                   .pid = pid,
                                   .by_thread = by_thread,
                                   .module = module,
                                   .whole = session,
                                   .tree = (enum text_tree)tree,
                                   .cost = (enum cost)cost};
    struct session filtered;
    bool done;

    if (!module)
        return text_report_write(session, &options, file, error);
    if (!module_filter_apply(&filtered, session, module, error))
        return false;
    done = text_report_write(&filtered, &options, file, error);
    module_filter_release(&filtered);
    return done;
}

/* NULL: what was asked for goes together. */
static const char *wrong_combination(void)
{
    if (tree && retained)
        return "--tree and --retained cannot be combined";
    if (!tree && cost != COST_COUNT)
        return "--cost needs --tree";
    if (tree && by_thread && cost != COST_COUNT && cost != COST_ALLOCATED &&
        cost != COST_ALLOCATIONS)
        return "--tree --by-thread needs --cost allocated or allocations: the others are not "
               "known by thread";
    return NULL;
}

int command_report(int count, char **operands)
{
    struct object_query query = {
        .pid = pid, .is_wanted = process_option_wants, .retainers = true, .too_many = top};
    const char *wrong = wrong_combination();

    if (wrong) {
        complain("%s", wrong);
        return EXIT_WRONG_USE;
    }
    if (cost == COST_COUNT)
        cost = by_thread ? COST_ALLOCATED : COST_PEAK;
    if (full_names)
        labels_in_full();
    return command_render(
        &(struct rendering){.render = render,
                            .output_path = output_path,
                            .objects = retained ? &query : NULL,
                            .without_symbols = no_symbols,
                            .summary = !retained && !tree && !module && !by_thread},
        count, operands);
}
