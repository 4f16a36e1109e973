/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WORD_ROLES_H
#define LEAKGRAPH_WORD_ROLES_H

/*
 * Is a word that holds the address of a control block part of a shared_ptr or of a weak_ptr?
 * Answers from debug info and from what allocated the block around it. The same places of alike
 * blocks are looked at once.
 */

#include "analyzer/objects/node_names.h"

enum word_role {
    WORD_UNKNOWN,
    WORD_WEAK,
    WORD_POPPED,      /* of an element that was taken out of a vector */
    WORD_STRONG_SLOT, /* of an array, a union: maybe left over from an owner that has gone */
    WORD_STRONG,
};

struct word_roles;

/* `roots` NULL: there are none. Everything is of `arena`. */
struct word_roles *word_roles_new(struct arena *arena, struct node_names *names,
                                  struct root_names *roots);
enum word_role word_roles_of(struct word_roles *roles, uint32_t node, uint64_t offset);
enum word_role word_roles_of_root(struct word_roles *roles, const struct graph_root *root);

/* By a type's name alone: "std::pair<int const, std::weak_ptr<Node> >" holds a weak_ptr and no
   shared_ptr. */
enum word_role word_role_by_name(const char *type);

#endif
