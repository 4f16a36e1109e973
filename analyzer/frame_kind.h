/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FRAME_KIND_H
#define LEAKGRAPH_FRAME_KIND_H

/* Whose code a frame is: the user's own, or that of the system it runs on. */

#include <stdbool.h>

#include "analyzer/model.h"

/* A file of the C or C++ runtime, by its base name. */
bool frame_module_is_runtime(const char *module);
/* In the C or C++ runtime library: its internals differ from one system to the next. */
bool frame_is_runtime(const struct frame *frame);
/* Its source came with the system: headers of the standard library above all. */
bool frame_is_system_source(const struct frame *frame);

#endif
