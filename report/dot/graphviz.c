/* SPDX-License-Identifier: MIT */
#include "report/dot/graphviz.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A file without a name, so that neither side waits for the other. */
static FILE *scratch_file(struct error *error)
{
    FILE *file = tmpfile();

    if (!file)
        error_set(error, "no temporary file for Graphviz: %s", strerror(errno));
    return file;
}

FILE *graphviz_source(struct error *error)
{
    return scratch_file(error);
}

static bool run(char **argv, int source, int picture, struct error *error)
{
    posix_spawn_file_actions_t actions;
    int status = 0, reason;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, source, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, picture, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    reason = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (reason == ENOENT)
        return error_set(error, "Graphviz's `dot` is not installed (package graphviz)");
    if (reason)
        return error_set(error, "Graphviz's `dot`: %s", strerror(reason));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0 ||
           error_set(error, "Graphviz's `dot` failed with status %d", WEXITSTATUS(status));
}

static bool copy(FILE *from, FILE *to, struct error *error)
{
    char piece[16384];
    size_t length;

    rewind(from);
    while ((length = fread(piece, 1, sizeof(piece), from)) > 0)
        fwrite(piece, 1, length, to); /* write errors stay with the output */
    return !ferror(from) || error_set(error, "reading the picture: %s", strerror(errno));
}

bool graphviz_draw(FILE *source, const char *format, FILE *output, struct error *error)
{
    char option[16];
    char *argv[] = {"dot", option, NULL};
    FILE *picture = scratch_file(error);
    bool done = false;

    snprintf(option, sizeof(option), "-T%s", format);
    if (fflush(source) != 0) {
        error_set(error, "no temporary file for Graphviz: %s", strerror(errno));
    } else if (picture) {
        rewind(source);
        done = run(argv, fileno(source), fileno(picture), error) && copy(picture, output, error);
    }
    fclose(source);
    if (picture)
        fclose(picture);
    return done;
}
