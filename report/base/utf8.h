/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_UTF8_H
#define LEAKGRAPH_UTF8_H

/*
 * Strings of a target may hold anything; what we write is UTF-8. A byte that is not part of valid
 * UTF-8 becomes the four characters \xNN.
 */

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the valid character at text, 1 to 4; 0 when it is invalid or the end. */
size_t utf8_character(const char *text);

/* Characters on screen, none of them wide. */
size_t utf8_length(const char *text);

/*
 * Copies with invalid bytes escaped, and control characters too when no_controls. Cuts at a whole
 * character when `size` is too small. Returns the length of the copy.
 */
size_t utf8_copy(char *copy, size_t size, const char *text, bool no_controls);

/* The same into memory of its own, which the caller frees; NULL out of memory. */
char *utf8_clean(const char *text);

#endif
