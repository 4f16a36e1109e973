/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_ADVICE_H
#define LEAKGRAPH_PYTHON_ADVICE_H

/*
 * What a Python program could do better, said only where the numbers are plain: the text names
 * them, the stack shows the line to change.
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/sites/sites.h"

struct python_advice_input {
    const struct python *python;
    const struct python_graph *both;
    const struct sites *sites;
    const char *script; /* the second word of its command; NULL: none */
};

/* At most one entry of a kind per line. Everything belongs to the arena. */
const struct advice *python_advice_find(struct arena *arena,
                                        const struct python_advice_input *input, size_t *count);

#endif
