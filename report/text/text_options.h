/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_OPTIONS_H
#define LEAKGRAPH_TEXT_OPTIONS_H

/* What the text report shows of a session, and how. */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/model.h"
#include "report/base/style.h"
#include "report/flame/cost.h"

enum text_tree { TREE_NONE, TREE_BOTTOM_UP, TREE_TOP_DOWN };

struct text_options {
    struct style style;
    uint64_t top;                /* entries per list */
    uint64_t stack_frames;       /* per stack; 0: all of them */
    uint64_t pid;                /* this process only, in full; 0: all, most of them in one line */
    bool findings_only;          /* verdict, cycles, leaks and errors */
    const char *module;          /* what the session was reduced to; NULL: it is whole */
    const struct session *whole; /* with module: the session that the verdict is on */
    bool by_thread;              /* what each thread allocated, too */
    enum text_tree tree;         /* call trees in place of all that */
    enum cost cost;              /* of the tree */
};

#endif
