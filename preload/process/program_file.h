/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROGRAM_FILE_H
#define LEAKGRAPH_PROGRAM_FILE_H

/*
 * Whether a program that is about to be executed can record itself, told from its file and from its
 * environment; and the environment it is to get. Some must not be preloaded: AddressSanitizer and
 * other C libraries would not start, another machine's loader would complain.
 *
 * Safe in a vfork child: no malloc. Keeps errno.
 */

#include <stdbool.h>
#include <stddef.h>

#include "preload/recording.h"

/* False: it is for another session, or none is recorded here. */
bool program_is_ours(char *const environment[], const char *session);

/* `path`: searched for in PATH when it has no slash and `search`. Looks at a script's interpreter.
 */
enum recording_program program_look(const char *path, bool search, char *const environment[]);

/* The environment that it is to have, changed on the stack of the function that asks: without our
   preload, or with it before that of another allocator, which would hide all from it. */
#define PROGRAM_ENVIRONMENT(program, environment)                                                  \
    (program_needs_change((program), (environment))                                                \
         ? program_environment((program), (environment),                                           \
                               __builtin_alloca(program_environment_bytes(environment)))           \
         : (environment))
bool program_needs_change(enum recording_program program, char *const environment[]);
size_t program_environment_bytes(char *const environment[]);
char *const *program_environment(enum recording_program program, char *const environment[],
                                 void *memory);

#endif
