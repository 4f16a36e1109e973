/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SOURCE_PATH_H
#define LEAKGRAPH_SOURCE_PATH_H

/*
 * Source files as a CI server knows them: relative to the checkout that contains them, which is
 * GITHUB_WORKSPACE, CI_PROJECT_DIR, our git work tree, the working directory, or the file's own git
 * work tree.
 */

#include <limits.h>

#include "analyzer/model.h"

struct source_path {
    char text[PATH_MAX];
};

/* The frame of a stack to point at, NULL when none has a file. */
const struct frame *source_path_frame(const struct stack *stack);

/* Without the "." and ".." that compilers are called with; absolute when it is in no checkout. */
struct source_path source_path_relative(const char *file);

#endif
