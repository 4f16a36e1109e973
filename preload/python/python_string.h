/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_STRING_H
#define LEAKGRAPH_PYTHON_STRING_H

/* The text of a str object. Reads the object's memory without a check: no malloc, no lock. */

#include <stddef.h>
#include <stdint.h>

/* Copies it as UTF-8, without an end mark and cut at a character to fit; returns the length. 0 for
   a str that is not kept in one piece. */
size_t python_string_utf8(uintptr_t string, char *text, size_t capacity);

#endif
