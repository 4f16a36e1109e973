/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_NAMES_H
#define LEAKGRAPH_TYPE_NAMES_H

/*
 * What the user called a type: the block that make_shared<Node>() makes begins with a class of the
 * runtime library, but holds a Node.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"

/* Whether a class or function is the C++ library's: std::, __gnu_cxx::. NULL is not. */
bool type_names_is_library(const char *name);

/* "Node" for std::_Sp_counted_ptr_inplace<Node, ...>; other names as they are. */
const char *type_names_of_user(struct arena *arena, const char *type);

/* Of "Node, std::allocator<Node> >", what follows the bracket of a template: "Node". */
const char *type_names_first_argument(struct arena *arena, const char *arguments);

/*
 * As a person would write it: default template arguments go (allocators, comparers, hashes), std::
 * within a template's name goes, std::string is itself, and the nodes of the library's containers
 * are called after them: "map<string, Foo> node".
 */
const char *type_names_short(struct arena *arena, const char *type);

#endif
