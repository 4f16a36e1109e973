/* SPDX-License-Identifier: MIT */
/* leakgraph flame: call stacks with a cost. */
#include <string.h>

#include "report/command.h"
#include "report/flame_svg.h"
#include "report/folded.h"
#include "report/pprof.h"
#include "report/speedscope.h"

enum { FOLDED, SVG, SPEEDSCOPE, PPROF, NOT_CHOSEN };
static const char *output_path, *compared_path;
static unsigned format = NOT_CHOSEN, cost;
static uint64_t pid;
static bool inverted;

const struct option_row flame_options[] = {
    {'f', "format", "folded|svg|speedscope|pprof",
     "the format (default by the name of FILE: .svg, .speedscope.json, .pb.gz; otherwise folded)",
     option_choice, &format},
    {'c', "cost", COST_NAMES, "what a stack costs (default peak)", option_choice, &cost},
    {'i', "inverted", NULL, "start at the functions that allocate, callers above them", option_flag,
     &inverted},
    {'d', "diff", "SESSION", "show the difference to this earlier session", option_text,
     &compared_path},
    {'p', "pid", "PID", "this process only", option_count, &pid},
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

/* In the order of the names in --format; pprof, which wants more than a tree, comes behind. */
static bool (*const tree_writers[])(const struct flame_tree *, const struct session *,
                                    const struct flame_options *, FILE *,
                                    struct error *) = {write_folded, write_svg, speedscope_write};

static unsigned format_of_name(const char *path)
{
    static const struct {
        const char *ending;
        unsigned format;
    } endings[] = {{".svg", SVG}, {".json", SPEEDSCOPE}, {".pb.gz", PPROF}, {".pprof", PPROF}};
    size_t length = path ? strlen(path) : 0;

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i].ending);

        if (length > ending && strcmp(path + length - ending, endings[i].ending) == 0)
            return endings[i].format;
    }
    return FOLDED;
}

static bool render(const struct session *session, FILE *file, struct error *error)
{
    struct flame_options options = {
        .cost = (enum cost)cost, .pid = pid, .inverted = inverted, .compared = compared};
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

int command_flame(int count, char **operands)
{
    int status;

    if (format == NOT_CHOSEN)
        format = format_of_name(output_path);
    if (compared_path && !(compared = command_load_session(1, (char **)&compared_path, false)))
        return EXIT_NO_VERDICT;
    status = command_render(&(struct rendering){.render = render, .output_path = output_path},
                            count, operands);
    session_free(compared);
    compared = NULL;
    return status;
}
