/* SPDX-License-Identifier: MIT */
/* leakgraph lines: source line by line, memory_profiler's table. */
#include <string.h>
#include <sys/stat.h>

#include "report/base/output.h"
#include "report/base/progress.h"
#include "report/cli/command.h"
#include "report/cli/process_option.h"
#include "report/record/session_folder.h"
#include "report/view/line_view.h"

static const char *output_path, *function;
static bool all_columns;
static uint64_t top = 10, pid, precision = 1;

const struct option_row lines_options[] = {
    {'f', "function", "NAME", "only this function: plan, Node.plan, ns::Node::plan", option_text,
     &function},
    {'n', "top", "N", "functions to show when none is named (default 10; 0: all)", option_count,
     &top},
    PROCESS_OPTION_ROW(" (default: all of the session together)", &pid),
    {'a', "all-columns", NULL, "show allocated and leaked bytes, too", option_flag, &all_columns},
    {0, "precision", "N", "decimal places (default 1)", option_count, &precision},
    {'o', "output", "FILE", "write to FILE instead of standard output", option_text, &output_path},
    {0},
};

/* The first operand is the session if it is a folder or a recording, also as "PATH@2". */
static bool is_session(const char *operand)
{
    struct stat status;
    const char *at = strrchr(operand, '@');
    size_t length = strlen(operand);

    if (stat(operand, &status) == 0)
        return S_ISDIR(status.st_mode) || (length > 4 && strcmp(operand + length - 4, ".lgr") == 0);
    return at && at[1] && strspn(at + 1, "0123456789") == strlen(at + 1);
}

static bool write_output(const struct session *session, const struct line_view_options *options,
                         struct error *error)
{
    struct line_view_options styled = *options;
    struct output output;

    if (!output_open(&output, output_path, error))
        return false;
    styled.style = style_of(output.file);
    if (line_view_write(session, &styled, output.file, error))
        return output_finish(&output, error);
    output_abandon(&output);
    return false;
}

int command_lines(int count, char **operands)
{
    bool has_session = count > 0 && is_session(operands[0]);
    const char *path = has_session ? operands[0] : DEFAULT_SESSION;
    struct session_options options = {.with_kept = true};
    struct line_view_options view = {.pid = pid,
                                     .top = top,
                                     .all_columns = all_columns,
                                     .precision = precision < 9 ? (unsigned)precision : 9,
                                     .function = function,
                                     .sources = operands + has_session,
                                     .source_count = (size_t)(count - has_session)};
    struct error error = {0};
    struct session *session;
    bool written;

    progress_start("reading", path);
    session = session_load(path, &options, &error);
    progress_stop();
    if (!session) {
        complain("%s", error.message);
        return EXIT_NO_VERDICT;
    }
    written = process_option_settle(session, &error);
    view.pid = pid;
    written = written && write_output(session, &view, &error);
    if (!written)
        complain("%s", error.message);
    session_free(session);
    return written ? EXIT_FINE : EXIT_WRONG_USE;
}
