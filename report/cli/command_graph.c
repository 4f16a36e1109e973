/* SPDX-License-Identifier: MIT */
/* leakgraph graph: cycles and other parts of the object graph, drawn. */
#include <inttypes.h>

#include "analyzer/object_graph.h"
#include "report/cli/command.h"
#include "report/cli/output_format.h"
#include "report/cli/process_option.h"
#include "report/dot/dot.h"
#include "report/dot/graphviz.h"
#include "report/dot/object_dot.h"
#include "report/json/graph_json.h"
#include "report/text/object_text.h"

enum format { FORMAT_DOT, FORMAT_SVG, FORMAT_PNG, FORMAT_JSON, FORMAT_TEXT };
static const char *const picture_formats[] = {[FORMAT_SVG] = "svg", [FORMAT_PNG] = "png"};

static const char *output_path;
static unsigned format = OUTPUT_FORMAT_BY_NAME;
static struct dot_options settings = {.top = 20, .members = 50};
static struct object_query query = {
    .is_wanted = process_option_wants, .max_depth = 4, .too_many = 10};
static bool cycles, dominators, live_cycles;
static const char *backrefs, *refs, *path_from_root;

const struct option_row graph_options[] = {
    {0, "cycles", NULL, "the leaked cycles (default)", option_flag, &cycles},
    {0, "backrefs", "WHAT",
     "what refers to WHAT: a type, a function or file:line that made it, or an address",
     option_text, &backrefs},
    {0, "refs", "WHAT", "what WHAT refers to", option_text, &refs},
    {0, "path-from-root", "WHAT", "a shortest path from a variable or stack to WHAT", option_text,
     &path_from_root},
    {0, "dominators", NULL, "what retains most, and what would go with it", option_flag,
     &dominators},
    {0, "live-cycles", NULL, "cycles that are still reached, but by one pointer only", option_flag,
     &live_cycles},
    {0, "max-depth", "N", "steps away from WHAT (default 4)", option_count, &query.max_depth},
    {0, "too-many", "N", "neighbours to draw per object, and objects of WHAT (default 10)",
     option_count, &query.too_many},
    PROCESS_OPTION_ROW("", &settings.pid),
    {'l', "leaks", NULL, "with cycles: draw leaks outside of cycles, too", option_flag,
     &settings.leaks},
    {'n', "top", "N", "kinds of cycles per process, biggest first (default 20)", option_count,
     &settings.top},
    {0, "members", "N", "blocks to draw per cycle (default 50)", option_count, &settings.members},
    {'f', "format", "dot|svg|png|json|text",
     "default by the ending of FILE, otherwise dot; svg and png need Graphviz, text is for what is "
     "not cycles",
     option_choice, &format},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

/* False: more than one was asked for. */
static bool choose_view(void)
{
    const struct {
        bool wanted;
        enum object_view view;
        const char *pattern;
    } views[] = {
        {cycles, OBJECT_VIEW_NONE, NULL},
        {backrefs != NULL, OBJECT_VIEW_BACKREFS, backrefs},
        {refs != NULL, OBJECT_VIEW_REFS, refs},
        {path_from_root != NULL, OBJECT_VIEW_PATH, path_from_root},
        {dominators, OBJECT_VIEW_DOMINATORS, NULL},
        {live_cycles, OBJECT_VIEW_LIVE_CYCLES, NULL},
    };
    unsigned wanted = 0;

    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        if (!views[i].wanted)
            continue;
        wanted++;
        query.view = views[i].view;
        query.pattern = views[i].pattern;
    }
    return wanted <= 1;
}

static bool write_dot(const struct session *session, FILE *file, struct error *error)
{
    return query.view ? object_dot_write(session, file, error)
                      : dot_write(session, &settings, file, error);
}

static bool write_picture(const struct session *session, FILE *file, struct error *error)
{
    FILE *source = graphviz_source(error);

    if (!source)
        return false;
    if (!write_dot(session, source, error)) {
        fclose(source);
        return false;
    }
    return graphviz_draw(source, picture_formats[format], file, error);
}

/* The last complete snapshot before the one examined; 0: there is none. */
static uint64_t snapshot_before(const struct process *process)
{
    uint64_t before = 0;

    for (size_t i = 0; process->objects && i < process->snapshot_count; i++)
        if (process->snapshots[i].state == SNAPSHOT_COMPLETE &&
            process->snapshots[i].number < process->objects->snapshot)
            before = process->snapshots[i].number;
    return before;
}

/* A program that ends cleanly has freed by then what it held before. */
static bool not_there(const struct session *session, struct error *error)
{
    for (size_t i = 0; i < session->process_count; i++) {
        uint64_t before = snapshot_before(&session->processes[i]);

        if (before)
            return error_set(
                error,
                "%.300s: no block has type '%.300s', was made there or is at that "
                "address, in snapshot %" PRIu64 "; SESSION@%" PRIu64 " is the one before",
                session->path, query.pattern, session->processes[i].objects->snapshot, before);
    }
    return error_set(error, "%s: no block has type '%s', was made there or is at that address",
                     session->path, query.pattern);
}

/* What the user names must exist. */
static bool check_matches(const struct session *session, struct error *error)
{
    for (size_t i = 0; i < session->process_count; i++) {
        const struct object_graph *objects = session->processes[i].objects;

        if (objects && (objects->why_not || objects->matches || !query.pattern))
            return true;
    }
    return not_there(session, error);
}

static bool render(const struct session *session, FILE *file, struct error *error)
{
    if (query.view && !check_matches(session, error))
        return false;
    if (format == FORMAT_JSON)
        return graph_json_write(session, settings.pid, file, error);
    if (format == FORMAT_TEXT) {
        struct style style = style_of(file);

        return object_text_write(session, query.view, &style, file, error);
    }
    return format == FORMAT_DOT ? write_dot(session, file, error)
                                : write_picture(session, file, error);
}

int command_graph(int count, char **operands)
{
    if (!choose_view()) {
        complain("graph: one of --cycles, --backrefs, --refs, --path-from-root, --dominators and "
                 "--live-cycles");
        return EXIT_WRONG_USE;
    }
    if (!output_format_choose("graph", graph_options, output_path, &format))
        return EXIT_WRONG_USE;
    if (format == FORMAT_TEXT && !query.view) {
        complain("graph: cycles as text are in `leakgraph report`; text is for --backrefs, "
                 "--path-from-root and the others");
        return EXIT_WRONG_USE;
    }
    query.pid = settings.pid;
    return command_render(
        &(struct rendering){.render = render,
                            .output_path = output_path,
                            .summary = !query.view, /* cycles are shown with their places */
                            .objects = query.view ? &query : NULL},
        count, operands);
}
