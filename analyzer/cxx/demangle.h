/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEMANGLE_H
#define LEAKGRAPH_DEMANGLE_H

/*
 * Turns linker names into what people write: `_ZN7Planner4planEi` becomes `Planner::plan`. Handles
 * C++ (Itanium) and both manglings of Rust. Scope and template arguments stay; parameters, return
 * types and the compiler's suffixes for parts and copies of a function (.part.0, .constprop.1) go.
 */

#include "analyzer/base/arena.h"

/* Never NULL; valid UTF-8. */
const char *demangle(struct arena *arena, const char *linkage_name);
/* With its parameters, `Planner::plan(int)`; NULL when the name is not mangled. */
const char *demangle_with_parameters(struct arena *arena, const char *linkage_name);
/* Demangles the name in a C++ type_info: `7Planner` becomes `Planner`. Anything else stays as it
 * is. */
const char *demangle_type(struct arena *arena, const char *type_name);

#endif
