/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DOT_H
#define LEAKGRAPH_DOT_H

/*
 * The leaked cycles as a graph for Graphviz: blocks and their pointers, the one to weaken in red,
 * and in grey what only a cycle keeps alive.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

struct dot_options {
    uint64_t pid;         /* 0: all processes */
    uint64_t top;         /* cycles (groups of identical ones) per process */
    uint64_t members;     /* blocks drawn of one cycle */
    bool leaks;           /* leaks without a cycle, too */
    bool is_part_of_page; /* no background and no legend; the page says what it shows */
};

/* False when there is no process with that pid. */
bool dot_write(const struct session *session, const struct dot_options *options, FILE *file,
               struct error *error);

#endif
