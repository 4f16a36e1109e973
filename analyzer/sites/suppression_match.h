/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSION_MATCH_H
#define LEAKGRAPH_SUPPRESSION_MATCH_H

/*
 * Does a rule of the user mean this stack? As LeakSanitizer and valgrind would say: a template of
 * the former is looked for in the function, source file and module of any frame; the locations of
 * the latter must fit the innermost frames one by one, and begin with the allocator itself
 * (`fun:malloc`, `fun:_Znwm`), which our stacks leave out. Which of malloc, calloc and realloc it
 * was nothing tells: it has all of their names.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/sites/suppression_rules.h"
#include "preload/recording.h"

/* What a rule is held against. */
struct suppression_block {
    const struct stack *stack;
    enum leak_class class;
    enum recording_block_kind kind;
};

/* The first rule for such a leak; NULL: none. */
struct suppression_rule *suppression_match_leak(const struct suppression_rules *rules,
                                                struct arena *scratch,
                                                const struct suppression_block *block);

/* The first rule for a wrong free there; NULL: none. */
struct suppression_rule *suppression_match_free(const struct suppression_rules *rules,
                                                struct arena *scratch, const struct stack *stack,
                                                enum recording_block_kind kind);

/* Parts of it. LeakSanitizer's template: a part of the text, with *, ^ and $. */
bool suppression_match_template(const char *template, const char *text);
/* valgrind's pattern: the whole text, with * and ?. */
bool suppression_match_pattern(const char *pattern, const char *text);

#endif
