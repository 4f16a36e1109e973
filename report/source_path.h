/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SOURCE_PATH_H
#define LEAKGRAPH_SOURCE_PATH_H

/*
 * Source files as a CI server knows them: below the checkout, which is GITHUB_WORKSPACE,
 * CI_PROJECT_DIR or the working directory, whichever the file is in.
 */

#include "analyzer/model.h"

/* The frame of a stack to point at, NULL when none has a file. */
const struct frame *source_path_frame(const struct stack *stack);

/* A part of `file`, or all of it. */
const char *source_path_relative(const char *file);

#endif
