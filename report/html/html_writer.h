/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HTML_WRITER_H
#define LEAKGRAPH_HTML_WRITER_H

/* What the sections of the page write with: call stacks, cells of tables. */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

struct html_writer {
    FILE *file;
    const struct session *session;
    size_t process; /* index of the current one, for names that are unique in the page */
};

/* A foldable call stack: its label, then the frames from the allocation outwards. */
void html_stack(const struct html_writer *writer, const struct stack *stack);
/* A table's cell with a number. */
void html_number(const struct html_writer *writer, const char *text);
/* "and 12 more" below a table that shows only `shown` entries; otherwise nothing. */
void html_more(const struct html_writer *writer, size_t count, size_t shown, const char *noun);

#endif
