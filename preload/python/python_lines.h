/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LINES_H
#define LEAKGRAPH_PYTHON_LINES_H

/*
 * The line of an instruction, by the line table of its code object, in the three forms that CPython
 * has had: pairs of differences (co_lnotab, to 3.9), the same with lines that are none (3.10), and
 * varints (3.11 on). Never reads beyond the table. No malloc.
 */

#include <stddef.h>
#include <stdint.h>

struct python_line_table {
    unsigned minor; /* of 3.minor */
    const uint8_t *bytes;
    size_t size_bytes;
    int first_line;
};

/* 0 when the instruction has no line. `instruction` counts units of 2 bytes, inline caches
 * included. */
uint32_t python_lines_find(const struct python_line_table *table, uint32_t instruction);

#endif
