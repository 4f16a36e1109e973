/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FINGERPRINT_H
#define LEAKGRAPH_FINGERPRINT_H

/*
 * Names for findings that stay the same from run to run and from build to build. They are made from
 * function names, never from addresses, lines, paths or counts.
 */

#include <stdint.h>

#include "analyzer/model.h"

/* Hashes built up piece by piece; start with FINGERPRINT_START. */
#define FINGERPRINT_START UINT64_C(0xcbf29ce484222325)
uint64_t fingerprint_text(uint64_t hash, const char *text);
uint64_t fingerprint_number(uint64_t hash, uint64_t number);
void fingerprint_print(char fingerprint[FINGERPRINT_BYTES], uint64_t hash);

/* Made from the stack's innermost functions, skipping the C and C++ runtime. */
uint64_t fingerprint_stack(const struct stack *stack);

#endif
