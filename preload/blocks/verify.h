/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_VERIFY_H
#define LEAKGRAPH_VERIFY_H

/*
 * Verify mode (LEAKGRAPH_VERIFY=1): every captured stack is compared with what libunwind finds, and
 * mismatches are counted by kind in recording_header->verify_mismatches. For tests: slow, and
 * libunwind is loaded (RTLD_LOCAL: its exception functions must not replace the program's).
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/base/call_frame.h"

enum verify_mismatch {
    VERIFY_SHORTER = 0,  /* we found the inner frames and ended too early */
    VERIFY_LONGER,       /* we went on where libunwind ended */
    VERIFY_DIFFERENT,    /* another frame somewhere */
    VERIFY_CUT,          /* as SHORTER, but the stack says of itself that it is cut */
    VERIFY_WRONG_MODULE, /* the right addresses, but one is said to be of a module that is not there
                          */
    VERIFY_FAST_REFERENCE, /* unw_backtrace disagrees, but libunwind's slow unw_step agrees with us
                            */
};

extern bool verify_is_on;

/* Loads libunwind if the environment asks for it: where malloc may be called. */
void verify_start(void);
/* The stack was captured from `caller` on this thread just now. */
void verify_stack(uint32_t stack, const struct call_frame *caller);

#endif
