/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSION_MATCH_H
#define LEAKGRAPH_SUPPRESSION_MATCH_H

/*
 * Decides whether a user's rule matches a stack, as LeakSanitizer and valgrind would. The former
 * looks for its template in the function, source file and module of every frame. The latter's
 * locations must match the innermost frames one by one, beginning with the allocator itself
 * (`fun:malloc`, `fun:_Znwm`), which our stacks leave out. Nothing tells malloc, calloc and realloc
 * apart, so that frame has all of their names.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/sites/suppression_rules.h"
#include "preload/recording.h"

/* What a rule is matched against. */
struct suppression_block {
    const struct stack *stack;
    enum leak_class class;
    enum recording_block_kind kind;
};

/* The first rule that matches such a leak; NULL: none. */
struct suppression_rule *suppression_match_leak(const struct suppression_rules *rules,
                                                struct arena *scratch,
                                                const struct suppression_block *block);

/* The first rule that matches a wrong free there; NULL: none. */
struct suppression_rule *suppression_match_free(const struct suppression_rules *rules,
                                                struct arena *scratch, const struct stack *stack,
                                                enum recording_block_kind kind);

/* The parts of it. LeakSanitizer's template matches a part of the text, with *, ^ and $. */
bool suppression_match_template(const char *template, const char *text);
/* valgrind's pattern matches the whole text, with * and ?. */
bool suppression_match_pattern(const char *pattern, const char *text);

#endif
