/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_H
#define LEAKGRAPH_TEXT_H

/*
 * Names come from other people's files: whatever bytes they hold, the model's strings are valid
 * UTF-8.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"

/* Bytes of the valid UTF-8 character at `bytes`, 1 to 4; 0 when it is none: NUL, overlong forms and
 * surrogates too. */
size_t text_character(const char *bytes, size_t left);

/* A copy; NUL bytes and what is no UTF-8 are written as \xNN. */
const char *text_utf8(struct arena *arena, const char *bytes, size_t length);

/* The part of a path behind the last slash. */
const char *text_base_name(const char *path);

#endif
