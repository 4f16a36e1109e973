/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FINGERPRINT_H
#define LEAKGRAPH_FINGERPRINT_H

/*
 * Names of findings that stay the same from run to run and from build to build: made of function
 * names, never of addresses, lines, paths or counts.
 */

#include <stdint.h>

#include "analyzer/model.h"

/* Hashes that can be carried on from one piece to the next; start with FINGERPRINT_START. */
#define FINGERPRINT_START UINT64_C(0xcbf29ce484222325)
uint64_t fingerprint_text(uint64_t hash, const char *text);
uint64_t fingerprint_number(uint64_t hash, uint64_t number);
void fingerprint_print(char fingerprint[FINGERPRINT_BYTES], uint64_t hash);

/* Of the innermost functions of a stack, those of the C and C++ runtime left out. */
uint64_t fingerprint_stack(const struct stack *stack);

#endif
