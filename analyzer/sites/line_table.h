/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LINE_TABLE_H
#define LEAKGRAPH_LINE_TABLE_H

/*
 * Sites summed up by every source line in their stacks: what a line holds and allocates includes
 * what the functions it calls do. A site counts once per line, however deep the recursion.
 *
 *     struct line_table *table = line_table_new();
 *     line_table_add(table, process->sites, process->site_count);        for each process
 *     line_table_sort(table);
 *     ... table->lines[0 .. table->count - 1], grouped by function, lines in order ...
 *     line_table_free(table);
 *
 * Strings belong to the session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"

struct function_line {
    const char *file, *function; /* function NULL: unknown */
    unsigned line;
    bool is_system; /* a source file that came with the system */
    struct figures figures;
    uint64_t own_bytes; /* the part of allocated_bytes with no user's line further inward */
    uint64_t last_site; /* the last one added; for the table itself */
};

struct line_table {
    struct function_line *lines;
    size_t count, capacity;
    uint32_t *slots; /* open addressing: index + 1 */
    size_t slot_count;
    uint64_t sites; /* how many were added */
};

/* NULL or false: out of memory. */
struct line_table *line_table_new(void);
bool line_table_add(struct line_table *table, const struct site *sites, size_t site_count);
/* After the last line_table_add(). */
void line_table_sort(struct line_table *table);
void line_table_free(struct line_table *table);

/* Whether two lines belong to one function. */
bool line_table_is_same_function(const struct function_line *one,
                                 const struct function_line *other);

#endif
