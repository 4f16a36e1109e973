/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FRAME_KIND_H
#define LEAKGRAPH_FRAME_KIND_H

/* Whose code a frame is: the user's, or the system's. */

#include <stdbool.h>

#include "analyzer/model.h"

/* A file of the C or C++ runtime, by its base name. */
bool frame_module_is_runtime(const char *module);
/* A file that came with the system or with a package of others: not what the user builds. */
bool frame_module_is_installed(const char *path);
/* In the C or C++ runtime library, whose internals differ from system to system. */
bool frame_is_runtime(const struct frame *frame);
/* C code of CPython: the interpreter itself, libpython, the C modules of its standard library. */
bool frame_is_interpreter(const struct frame *frame);
/* Its source came with the system: mostly headers of the standard library. */
bool frame_is_system_source(const struct frame *frame);
/* operator new, operator delete and the like; NULL is none. */
bool frame_is_operator(const char *function);
/* What lies below every main() and every thread's function: _start, clone3. */
bool frame_starts_programs(const struct frame *frame);
/* A function of the user's own program or library that has no line: it was built without debug
 * info. */
bool frame_is_own_without_line(const struct frame *frame);
/* A source line that somebody can change. */
bool frame_has_own_source(const struct frame *frame);
/* Code that asks for memory on behalf of others: the runtime, operators, thin wrappers around
 * malloc, system headers; and where the file is unknown, functions of std and those that sound like
 * malloc. */
bool frame_is_machinery(const struct frame *frame);

/* A library's own function around malloc, without a source: what it calls does not count, named or
 * not. */
bool frame_is_malloc_of_library(const struct frame *frame);

/* The frame that stands for a stack: the innermost that is no machinery and has a source or is the
 * user's own, else Python's outermost, else one with a name, else any; NULL when there is none.
 * Where the innermost source is Python's, its line stands for what it calls. */
const struct frame *frame_of_stack(const struct stack *stack);
/* The choice when no frame has a source. */
const struct frame *frame_choose(const struct frame *named, const struct frame *any);

#endif
