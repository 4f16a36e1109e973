/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSION_RULES_H
#define LEAKGRAPH_SUPPRESSION_RULES_H

/*
 * What the user does not want to hear about, read from the files that they already have:
 * LeakSanitizer's (`leak:pattern`, one per line) and valgrind's (.supp, blocks in braces), mixed
 * freely.
 *
 *     struct suppression_rules *rules = suppression_rules_new();
 *     if (!suppression_rules_read(rules, "robot.supp", &error)) ... error.message: "robot.supp:12:
 * ..."
 *     ... session_load() with options.suppressions = rules: the rules count their matches
 *     suppression_rules_free(rules);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/error.h"
#include "analyzer/model.h"

enum suppression_use {
    SUPPRESSES_LEAKS,
    SUPPRESSES_FREES, /* Memcheck:Free */
    SUPPRESSES_ELSE,  /* for other tools or errors, or for blocks that are no leaks here */
};

/* A line of a valgrind rule: what one frame must match. */
enum suppression_frame { FRAME_FUNCTION, FRAME_OBJECT, FRAME_SOURCE, FRAME_ANY_NUMBER };
struct suppression_location {
    enum suppression_frame kind;
    const char *pattern; /* with * and ?; "file" or "file:line" for FRAME_SOURCE */
};

struct suppression_rule {
    const char *name; /* valgrind's, or the whole line of LeakSanitizer */
    const char *file;
    unsigned line;
    enum suppression_use use;
    bool classes[LEAK_CLASSES];                   /* the leaks it applies to */
    const char *template;                         /* LeakSanitizer's; NULL: use the locations */
    const struct suppression_location *locations; /* innermost first */
    size_t location_count;
    struct amount hits; /* blocks it matched, without what they hold; or wrong frees */
};

struct suppression_rules;

/* NULL out of memory. */
struct suppression_rules *suppression_rules_new(void);
void suppression_rules_free(struct suppression_rules *rules);

/* Adds a file's rules. False with "file:line: what" at the first line that is wrong. */
bool suppression_rules_read(struct suppression_rules *rules, const char *path, struct error *error);

/* In the order they were read; matching adds to their hits. */
size_t suppression_rules_count(const struct suppression_rules *rules);
struct suppression_rule *suppression_rules_get(const struct suppression_rules *rules, size_t index);

#endif
