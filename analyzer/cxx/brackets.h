/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BRACKETS_H
#define LEAKGRAPH_BRACKETS_H

/*
 * Brackets in the names of types and functions: <>, () and {}, nested. An arrow is no bracket.
 * Names come from other people's files: brackets that never close end with the name.
 */

#include <stddef.h>

/* Behind the bracket that closes the one at `open`; any other character is skipped alone. */
const char *brackets_skip(const char *open);

/* Bytes of one template argument: up to the comma, or the bracket it did not open, that ends it. */
size_t brackets_argument(const char *argument);

#endif
