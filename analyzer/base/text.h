/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_H
#define LEAKGRAPH_TEXT_H

/*
 * Names come from other people's files and may hold any bytes; the model's strings are always valid
 * UTF-8.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"

/* The length of the valid UTF-8 character at `bytes`, 1 to 4. 0 when it is invalid (overlong forms
 * and surrogates are) or NUL. */
size_t text_character(const char *bytes, size_t left);

/* A copy with NUL bytes and invalid UTF-8 written as \xNN. */
const char *text_utf8(struct arena *arena, const char *bytes, size_t length);

/* The part of a path after the last slash. */
const char *text_base_name(const char *path);

#endif
