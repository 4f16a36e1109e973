/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LABELS_H
#define LEAKGRAPH_LABELS_H

/*
 * Names for people: of a frame, a type, a process. Clean UTF-8 without control characters, by
 * value.
 */

#include <stdbool.h>

#include "analyzer/model.h"

enum { LABEL_BYTES = 4096 };
struct label {
    char text[LABEL_BYTES];
};

/* Shortens no C++ names from now on, and makes label_fit() cut nothing: for --full-names. */
void labels_in_full(void);

/*
 * The most telling frame of a stack: the innermost one whose source is not a system header, as
 * containers and smart pointers allocate there. NULL for an empty stack.
 */
const struct frame *label_frame(const struct stack *stack);

struct label label_function(const struct frame *frame); /* "load_map", or "robot+0x1234" */
struct label label_source(const struct frame *frame);   /* "map.cpp:12", "" when unknown */
struct label label_place(const struct frame *frame);    /* "load_map (map.cpp:12)" */
struct label label_stack(const struct stack *stack);    /* of its label_frame() */
struct label label_site(const struct site *site);       /* the same; "unknown" for NULL */

struct label label_module(const struct frame *frame); /* "libc.so.6", with the source when known */

/* Without what only the compiler spells out: "std::string". "" for NULL. */
struct label label_type(const char *type);
struct label label_member(const struct cycle_member *member); /* its type, or "64 B" */
struct label label_edge(const struct cycle_edge *edge);       /* "next", or "+8" */

/* Whether an edge repeats the previous one: the second word of a shared_ptr. */
bool label_edge_repeats(const struct cycle *cycle, size_t index);

/* "/robot1/front" for a ROS node, otherwise its program: "robot", "node.py" for python3 node.py */
struct label label_process(const struct process *process);
struct label label_node(const struct process *process); /* "" for what is no ROS node */
struct label label_program(const struct process *process);
/* By a shell pattern: of the whole label, of what follows its last slash, of the program's name, of
   its path. */
bool label_is_called(const struct process *process, const char *pattern);
struct label label_command(const struct process *process); /* all words, after a node's name */
struct label label_end(const struct process *process);     /* "exit 0", "killed by SIGKILL" */

/* Cuts out the middle so that at most `width` characters remain. */
struct label label_fit(struct label label, unsigned width, bool utf8);

#endif
