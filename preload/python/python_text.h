/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_TEXT_H
#define LEAKGRAPH_PYTHON_TEXT_H

/*
 * Strings of Python in the recording, each text once. Their bytes are kept in private memory as
 * well, for the recordings of forked children. No malloc, no lock.
 */

#include <stdint.h>

struct python_text {
    uint64_t reference; /* string in the recording, 0 when there was no room */
    uint32_t length;
    char bytes[];
};

/* The UTF-8 of a str object, cut when it is very long; NULL when there is no memory. It lives for
 * ever. */
struct python_text *python_text_of(uintptr_t object);
/* Writes it into the recording of a forked child. */
void python_text_write(struct python_text *text);

#endif
