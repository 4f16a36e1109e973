/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEMANGLE_H
#define LEAKGRAPH_DEMANGLE_H

/*
 * Linker names as people write them: `_ZN7Planner4planEi` is `Planner::plan`. C++ (Itanium) and
 * both manglings of Rust; scope and template arguments stay, parameters and return types go, as do
 * the compiler's suffixes for parts and copies of a function (.part.0, .constprop.1).
 */

#include "analyzer/base/arena.h"

/* Never NULL; valid UTF-8. */
const char *demangle(struct arena *arena, const char *linkage_name);
/* With its parameters, `Planner::plan(int)`; NULL for what is no mangled name. */
const char *demangle_with_parameters(struct arena *arena, const char *linkage_name);
/* The name that a C++ type_info holds: `7Planner` is `Planner`. What is no such name stays as it
 * is. */
const char *demangle_type(struct arena *arena, const char *type_name);

#endif
