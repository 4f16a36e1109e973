/* SPDX-License-Identifier: MIT */
/* leakgraph flame: call stacks with a cost. */
#include <string.h>

#include "report/base/format.h"
#include "report/cli/command.h"
#include "report/cli/output_format.h"
#include "report/cli/process_option.h"
#include "report/flame/flame_svg.h"
#include "report/flame/flame_window.h"
#include "report/flame/folded.h"
#include "report/flame/pprof.h"
#include "report/flame/speedscope.h"
#include "report/view/labels.h"

enum { PPROF = 3 };
static const char *output_path, *compared_path;
static unsigned format = OUTPUT_FORMAT_BY_NAME, cost;
static uint64_t pid;
static bool inverted, by_thread, windowed, full_names;
static struct flame_window window;

/* FROM, then TO. */
static bool option_window(const struct option_row *row, const char *argument, struct error *error)
{
    const struct option_row time = {.name = row->name,
                                    .value = windowed ? &window.to_ns : &window.from_ns};

    windowed = true;
    return option_time(&time, argument, error);
}

const struct option_row flame_options[] = {
    {'f', "format", "folded|svg|speedscope|pprof",
     "output format (default by the ending of FILE: .svg, .speedscope.json, .pb.gz; otherwise "
     "folded)",
     option_choice, &format},
    {'c', "cost", COST_NAMES, "what a stack costs (default peak)", option_choice, &cost},
    {'i', "inverted", NULL, "start at the functions that allocate, their callers above them",
     option_flag, &inverted},
    {'t', "by-thread", NULL, "threads first; the cost is allocated or allocations", option_flag,
     &by_thread},
    {'d', "diff", "SESSION", "show the difference from this earlier session", option_text,
     &compared_path},
    {0, "between", "FROM TO",
     "only this part of the run (example: --between 10s 60s); peak then means bytes gained and "
     "kept",
     option_window, NULL},
    PROCESS_OPTION_ROW("", &pid),
    {0, "full-names", NULL, "C++ names with all template arguments", option_flag, &full_names},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

static struct session *compared;

static bool write_svg(const struct flame_tree *tree, const struct session *session,
                      const struct flame_options *options, FILE *file, struct error *error)
{
    (void)session;
    return flame_svg_write(tree, options, file, error);
}

static bool write_folded(const struct flame_tree *tree, const struct session *session,
                         const struct flame_options *options, FILE *file, struct error *error)
{
    (void)session;
    return folded_write(tree, options, file, error);
}

/* In the order of the names in --format; pprof, which needs more than a tree, comes last. */
static bool (*const tree_writers[])(const struct flame_tree *, const struct session *,
                                    const struct flame_options *, FILE *,
                                    struct error *) = {write_folded, write_svg, speedscope_write};

static bool write_graph(const struct session *session, const char *title, FILE *file,
                        struct error *error)
{
    struct flame_options options = {.cost = (enum cost)cost,
                                    .pid = pid,
                                    .inverted = inverted,
                                    .by_thread = by_thread,
                                    .compared = compared,
                                    .title = title};
    struct flame_tree tree;
    bool done;

    if (format == PPROF)
        return pprof_write(session, &options, file, error);
    if (!flame_tree_build(&tree, session, &options, error))
        return false;
    done = tree_writers[format](&tree, session, &options, file, error);
    flame_tree_release(&tree);
    return done;
}

static bool render(const struct session *session, FILE *file, struct error *error)
{
    char title[256];
    bool done;

    if (!windowed)
        return write_graph(session, NULL, file, error);
    if (!flame_window_cut(&window, session, error))
        return false;
    snprintf(title, sizeof(title), "%s between %s and %s",
             cost == COST_PEAK ? "bytes gained and kept" : costs[cost].title,
             format_duration(window.from_ns).text, format_duration(window.to_ns).text);
    done = write_graph(&window.session, title, file, error);
    flame_window_release(&window);
    return done;
}

/* False after a complaint. */
static bool check_window(void)
{
    if (cost == COST_LEAKED || cost == COST_TEMPORARY)
        complain("--between: %s are not recorded over time", costs[cost].title);
    else if (compared_path)
        complain("--between and --diff cannot be combined");
    else if (window.to_ns <= window.from_ns)
        complain("--between: %s is not after %s", format_duration(window.to_ns).text,
                 format_duration(window.from_ns).text);
    else
        return true;
    return false;
}

/* Why the options do not fit together; NULL: they do. */
static const char *wrong_combination(void)
{
    if (by_thread && cost != COST_ALLOCATED && cost != COST_ALLOCATIONS)
        return "--by-thread needs --cost allocated or allocations: the others are not known by "
               "thread";
    if (by_thread && (windowed || format == PPROF))
        return "--by-thread cannot be combined with --between or pprof";
    return NULL;
}

int command_flame(int count, char **operands)
{
    const char *wrong;
    int status;

    if (!output_format_choose("flame", flame_options, output_path, &format))
        return EXIT_WRONG_USE;
    if (full_names)
        labels_in_full();
    wrong = wrong_combination();
    if (wrong) {
        complain("%s", wrong);
        return EXIT_WRONG_USE;
    }
    if (windowed && !check_window())
        return EXIT_WRONG_USE;
    if (compared_path &&
        !(compared = command_load_session(1, (char **)&compared_path, (struct session_options){0})))
        return EXIT_NO_VERDICT;
    status = command_render(&(struct rendering){.render = render, .output_path = output_path},
                            count, operands);
    session_free(compared);
    compared = NULL;
    return status;
}
