/* SPDX-License-Identifier: MIT */
#include "report/cli/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report/base/output.h"
#include "report/base/progress.h"
#include "report/gate/suppression_options.h"
#include "report/record/session_folder.h"

struct session *command_load_session(int count, char **operands, struct session_options options)
{
    const char *path = count ? operands[0] : DEFAULT_SESSION;
    struct error error = {0};
    struct session *session;

    options.suppressions = suppression_options_rules();
    progress_start("reading", path);
    session = session_load(path, &options, &error);
    progress_stop();
    if (!session)
        complain("%s", error.message);
    return session;
}

struct session *command_load_objects(const char *path, const struct object_query *objects)
{
    char *operand = (char *)(uintptr_t)path;

    return command_load_session(1, &operand,
                                (struct session_options){.summary = true, .objects = objects});
}

bool command_finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    if (errno == EPIPE)
        return true;
    complain("standard output: %s", strerror(errno));
    return false;
}

int command_render(const struct rendering *rendering, int count, char **operands)
{
    struct session_options options = {.without_symbols = rendering->without_symbols,
                                      .summary = rendering->summary,
                                      .objects = rendering->objects};
    struct session *session = command_load_session(count, operands, options);
    struct error error = {0};
    struct output output;
    bool written = false;

    if (!session)
        return EXIT_NO_VERDICT;
    if (output_open(&output, rendering->output_path, &error)) {
        if (!isatty(fileno(output.file)))
            progress_start("writing",
                           rendering->output_path ? rendering->output_path : "the report");
        written = rendering->render(session, output.file, &error);
        progress_stop();
        if (written)
            written = output_finish(&output, &error);
        else
            output_abandon(&output);
    }
    if (!written && errno != EPIPE) /* whoever closed the pipe has seen enough */
        complain("%s", error.message);
    session_free(session);
    return written ? EXIT_FINE : EXIT_WRONG_USE;
}
