/* SPDX-License-Identifier: MIT */
/*
 * Programs that are started without a child of our making: posix_spawn, system, popen. They are
 * noted, so that one which does not record itself is known.
 */
#include "preload/recording/next.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/process/process.h"
#include "preload/process/program_file.h"
#include "preload/recording/children.h"

typedef int spawn_function(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char *const arguments[],
                           char *const environment[]);

/* What a start needs beside the function that does it. */
struct start {
    pid_t *pid;
    const char *path;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *arguments;
};

static int spawn(spawn_function *next, struct start *start, bool search, char *const environment[])
{
    bool is_ours = program_is_ours(environment, process_session());
    enum recording_program program =
        is_ours ? program_look(start->path, search, environment) : RECORDING_PROGRAM_FINE;
    struct recording_child before = children_moment();
    pid_t pid = 0;
    if (!start->pid)
        start->pid = &pid;
    environment = PROGRAM_ENVIRONMENT(program, environment);
    int failure = next(start->pid, start->path, start->actions, start->attributes, start->arguments,
                       environment);
    if (!failure && is_ours)
        children_spawned(*start->pid, &before, start->path, program);
    return failure;
}

HOOK int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const arguments[],
                     char *const environment[])
{
    struct start start = {pid, path, actions, attributes, arguments};
    return spawn(NEXT(posix_spawn), &start, false, environment);
}

HOOK int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const arguments[],
                      char *const environment[])
{
    struct start start = {pid, path, actions, attributes, arguments};
    return spawn(NEXT(posix_spawnp), &start, true, environment);
}

/* The shell is known by the environment alone: its pid is nobody's business. */
static void note_shell(void)
{
    static const char shell[] = "/bin/sh";
    bool is_ours = program_is_ours(environ, process_session());
    enum recording_program program = is_ours ? program_look(shell, false, environ) : 0;
    struct recording_child now = children_moment();
    if (program)
        children_spawned(0, &now, shell, program);
}

HOOK int system(const char *command)
{
    if (command)
        note_shell();
    return NEXT(system)(command);
}

HOOK FILE *popen(const char *command, const char *mode)
{
    note_shell();
    return NEXT(popen)(command, mode);
}
