/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_NAMES_H
#define LEAKGRAPH_TYPE_NAMES_H

/*
 * What the user called a type: the block that make_shared<Node>() makes begins with a class of the runtime
 * library, but holds a Node.
 */

#include "analyzer/arena.h"

/* "Node" for std::_Sp_counted_ptr_inplace<Node, ...>; other names as they are. */
const char *type_names_of_user(struct arena *arena, const char *type);

#endif
