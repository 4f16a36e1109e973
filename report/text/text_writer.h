/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_WRITER_H
#define LEAKGRAPH_TEXT_WRITER_H

/* What the parts of the text report write with: styles, headings and call stacks. */

#include <stdio.h>

#include "report/text/text_options.h"

struct text_writer {
    FILE *file;
    const struct text_options *options;
    const struct session *session;
};

/* Writes in a style; the text must have no line break. */
void text_styled(const struct text_writer *writer, enum style_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An empty line and the heading of a list: "Leaks  (12, 10 shown)". */
void text_heading(const struct text_writer *writer, const char *heading, uint64_t entries);

/*
 * The frames of a stack, one per line, from its label_frame() outwards to main; with --stacks 0 all
 * frames.
 */
void text_stack(const struct text_writer *writer, const struct stack *stack, int indent,
                const char *first_word);

/* How many columns are left after `used`, but never too few to read. */
unsigned text_room(const struct text_writer *writer, unsigned used);

#endif
