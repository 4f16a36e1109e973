/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROGRAM_FILE_H
#define LEAKGRAPH_PROGRAM_FILE_H

/*
 * Whether a program that is about to be executed can record itself, told from its file and from its
 * environment; and the environment it is to get, when it must not be preloaded: AddressSanitizer
 * and other C libraries would not start, another machine's loader would complain.
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

/* Would not start with the preload. */
static inline bool program_refuses_preload(enum recording_program program)
{
    return program == RECORDING_PROGRAM_SANITIZED || program == RECORDING_PROGRAM_OTHER_LIBC ||
           program == RECORDING_PROGRAM_OTHER_MACHINE;
}

/* The environment without our preload, on the stack of the function that asks. */
#define PROGRAM_ENVIRONMENT_WITHOUT(environment)                                                   \
    program_environment_without((environment),                                                     \
                                __builtin_alloca(program_environment_bytes(environment)))
size_t program_environment_bytes(char *const environment[]);
char *const *program_environment_without(char *const environment[], void *memory);

#endif
