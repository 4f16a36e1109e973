/* SPDX-License-Identifier: MIT */
#include "report/cli/command.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "report/base/output.h"
#include "report/base/progress.h"
#include "report/cli/process_option.h"
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

int command_write(const char *path, bool (*write)(void *context, FILE *file, struct error *error),
                  void *context)
{
    struct error error = {0};
    struct output output;
    bool written = false;

    if (output_open(&output, path, &error)) {
        if (!isatty(fileno(output.file)))
            progress_start("writing", path ? path : "the report");
        written = write(context, output.file, &error);
        progress_stop();
        if (written)
            written = output_finish(&output, &error);
        else
            output_abandon(&output);
    }
    if (!written && errno != EPIPE) /* whoever closed the pipe has seen enough */
        complain("%s", error.message);
    return written ? EXIT_FINE : EXIT_WRONG_USE;
}

struct rendered {
    const struct rendering *rendering;
    const struct session *session;
};

static bool render(void *context, FILE *file, struct error *error)
{
    const struct rendered *rendered = context;

    return rendered->rendering->render(rendered->session, file, error);
}

int command_render(const struct rendering *rendering, int count, char **operands)
{
    struct session_options options = {.without_symbols = rendering->without_symbols,
                                      .summary = rendering->summary,
                                      .objects = rendering->objects};
    struct session *session = command_load_session(count, operands, options);
    struct rendered rendered = {rendering, session};
    struct error error = {0};
    int status;

    if (!session)
        return EXIT_NO_VERDICT;
    if (!process_option_settle(session, &error)) {
        complain("%s", error.message);
        session_free(session);
        return EXIT_WRONG_USE;
    }
    status = command_write(rendering->output_path, render, &rendered);
    session_free(session);
    return status;
}
