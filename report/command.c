/* SPDX-License-Identifier: MIT */
#include "report/command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "report/output.h"
#include "report/progress.h"
#include "report/suppression_options.h"

void complain(const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    fprintf(stderr, "leakgraph: %s\n", message);
}

static struct session *load_session(int count, char **operands, bool without_symbols,
                                    const struct object_query *objects)
{
    const char *path = count ? operands[0] : DEFAULT_SESSION;
    struct session_options options = {.without_symbols = without_symbols,
                                      .objects = objects,
                                      .suppressions = suppression_options_rules()};
    struct error error = {0};
    struct session *session;

    progress_start("reading", path);
    session = session_load(path, &options, &error);
    progress_stop();
    if (!session)
        complain("%s", error.message);
    return session;
}

struct session *command_load_session(int count, char **operands, bool without_symbols)
{
    return load_session(count, operands, without_symbols, NULL);
}

struct session *command_load_objects(const char *path, const struct object_query *objects)
{
    char *operand = (char *)(uintptr_t)path;

    return load_session(1, &operand, false, objects);
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
    struct session *session =
        load_session(count, operands, rendering->without_symbols, rendering->objects);
    struct error error = {0};
    struct output output;
    bool written = false;

    if (!session)
        return EXIT_NO_VERDICT;
    if (output_open(&output, rendering->output_path, &error)) {
        written = rendering->render(session, output.file, &error);
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
