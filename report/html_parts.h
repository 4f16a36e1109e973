/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HTML_PARTS_H
#define LEAKGRAPH_HTML_PARTS_H

/* The parts of the page, one file each, and what they share. */

#include "report/html.h"

struct html_writer {
    FILE *file;
    const struct session *session;
    size_t process; /* index of the one that is written, for names that are unique in the page */
};

/* A call stack to unfold: its label, then the frames from the allocation outwards. */
void html_stack(const struct html_writer *writer, const struct stack *stack);

/* A heading with a name to link to. */
void html_heading(const struct html_writer *writer, const char *name, const char *text);

bool html_findings(const struct html_writer *writer, const struct process *process,
                   struct error *error); /* html_findings.c */
bool html_usage(const struct html_writer *writer, const struct process *process,
                struct error *error);                                             /* html_usage.c */
void html_lines(const struct html_writer *writer, const struct process *process); /* html_lines.c */

#endif
