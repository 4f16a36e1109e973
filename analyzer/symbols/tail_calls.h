/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TAIL_CALLS_H
#define LEAKGRAPH_TAIL_CALLS_H

/*
 * When the compiler turns a last call into a jump (`return malloc(n);`), that call leaves no frame.
 * The debug info says which function a call enters and where that function jumps, and so what is
 * missing between two frames of a stack.
 *
 *     uint64_t jumps[TAIL_CALLS_MOST];
 *     size_t count = tail_calls_find(info, functions, return_address, inner_address, jumps);
 */

#include "analyzer/symbols/debug_info.h"
#include "analyzer/symbols/elf_functions.h"

enum { TAIL_CALLS_MOST = 8 };

/*
 * Finds what lies between the call that returns to `return_address` and a function of the same
 * module that `inner_address` returns to (0: a function of another module). Fills the jumps as if
 * they were return addresses, innermost first. Where several ways are possible, only the beginning
 * that they share is known. 0 when nothing is missing or nothing is known. Addresses are the file's
 * own.
 */
size_t tail_calls_find(struct debug_info *info, struct elf_functions *functions,
                       uint64_t return_address, uint64_t inner_address,
                       uint64_t jumps[TAIL_CALLS_MOST]);

#endif
