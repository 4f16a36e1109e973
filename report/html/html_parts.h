/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HTML_PARTS_H
#define LEAKGRAPH_HTML_PARTS_H

/*
 * The sections of the page. Each is one function that writes what stands below its heading; html.c
 * has the table of them, in the order of the page. What they share is in html_writer.h.
 */

#include "report/html/html_writer.h"

typedef bool html_section(const struct html_writer *writer, const struct process *process,
                          struct error *error);

html_section html_todo;                           /* html_todo.c */
html_section html_cycles, html_leaks, html_pools; /* html_findings.c */
html_section html_errors, html_advice;            /* html_findings.c */
html_section html_python;                         /* html_python.c */
html_section html_timeline, html_flames;          /* html_usage.c */
html_section html_threads;                        /* html_usage.c */
html_section html_lines;                          /* html_lines.c */
html_section html_types;                          /* html_types.c */

/* Whether there is anything to do about the process. */
bool html_has_todo(const struct process *process);
/* A drawing of these cycles and a table of their pointers; `cut` is what to do with the weak one.
 */
void html_cycle_list(const struct html_writer *writer, const struct process *process,
                     const struct cycle *cycles, size_t count, const char *cut);

#endif
