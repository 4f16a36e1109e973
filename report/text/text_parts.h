/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_PARTS_H
#define LEAKGRAPH_TEXT_PARTS_H

/* The parts of the text report, one file each, and what they share. */

#include "report/text/text.h"

struct text_writer {
    FILE *file;
    const struct text_options *options;
    const struct session *session;
};

/* Writes in a style; the format must hold no line break. */
void text_styled(const struct text_writer *writer, enum style_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An empty line and the heading of a list: "Leaks (12, the 10 biggest are shown)". */
void text_heading(const struct text_writer *writer, const char *heading, uint64_t entries);

/* The frames of a stack from its label_frame() outwards to main, one per line; all frames with
 * --stacks 0. */
void text_stack(const struct text_writer *writer, const struct stack *stack, int indent,
                const char *first_word);

/* What is left of the line after `used` columns, but never too little to read. */
unsigned text_room(const struct text_writer *writer, unsigned used);

void text_cycles(const struct text_writer *writer,
                 const struct process *process); /* text_cycles.c */
/* One cycle; what its members and edges are called differs between blocks and Python's objects. */
struct text_cycle_words {
    const char *block, *pointer, *cut;
    bool is_python;
};
void text_cycle(const struct text_writer *writer, const struct cycle *cycle,
                const struct text_cycle_words *words);
void text_python(const struct text_writer *writer,
                 const struct process *process); /* text_python.c */
void text_leaks(const struct text_writer *writer, const struct process *process); /* text_leaks.c */
void text_errors(const struct text_writer *writer, const struct process *process);
void text_retained(const struct text_writer *writer,
                   const struct process *process); /* text_retained.c */
void text_usage(const struct text_writer *writer, const struct process *process); /* text_usage.c */

void text_advice(const struct text_writer *writer,
                 const struct process *process); /* text_advice.c */

void text_timeline(const struct text_writer *writer,
                   const struct process *process); /* text_timeline.c */

/* By how much the heap grew in the steady part of the run; 0 when it does not keep growing. */
struct growth;
uint64_t text_growth_bytes(const struct process *process, struct growth *growth);
void text_growth(const struct text_writer *writer,
                 const struct process *process); /* text_growth.c */

void text_threads(const struct text_writer *writer,
                  const struct process *process); /* text_threads.c */

/* False: out of memory. */
bool text_tree(const struct text_writer *writer, const struct process *process,
               struct error *error); /* text_tree.c */

void text_snapshots(const struct text_writer *writer,
                    const struct process *process); /* text_snapshots.c */

/* One line each, equal ones together; without those of `shown`, an array with one flag per process.
 */
void text_other_processes(const struct text_writer *writer, const bool *shown);

#endif
