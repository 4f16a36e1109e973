/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_NAMES_H
#define LEAKGRAPH_TYPE_NAMES_H

/*
 * What the user calls a type. The block that make_shared<Node>() makes begins with a class of the
 * runtime library, but to the user it is a Node.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"

/* Whether a class or function belongs to the C++ library (std::, __gnu_cxx::). False for NULL. */
bool type_names_is_library(const char *name);

/* Whether a class of the library has this name, "std::weak_ptr<": libc++ keeps its own in std::__1.
 */
bool type_names_begins(const char *name, const char *start);

/* "Node" for std::_Sp_counted_ptr_inplace<Node, ...>; other names stay as they are. */
const char *type_names_of_user(struct arena *arena, const char *type);

/* "Node" from "Node, std::allocator<Node> >", the text after a template's opening bracket. */
const char *type_names_first_argument(struct arena *arena, const char *arguments);

/*
 * The name as a person would write it: no default template arguments (allocators, comparers,
 * hashes), no std:: inside a template's name, std::string for basic_string, and containers' nodes
 * named after the container: "map<string, Foo> node".
 */
const char *type_names_short(struct arena *arena, const char *type);

#endif
