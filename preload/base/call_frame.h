/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CALL_FRAME_H
#define LEAKGRAPH_CALL_FRAME_H

/* One position on a stack: the registers that a walk takes from frame to frame. */

#include <stdint.h>

#include "preload/arch/machine.h"

/* Where the frame's code goes on: just after the call it made returns. */
struct call_frame {
    uintptr_t pc, sp, fp;
};

/* Only in a function compiled with a frame pointer, as all of preload/ is. */
#define CALL_FRAME_OF_CALLER()                                                                     \
    (struct call_frame)                                                                            \
    {                                                                                              \
        .pc = (uintptr_t)__builtin_return_address(0), .sp = MACHINE_CALLER_SP(),                   \
        .fp = *(uintptr_t *)__builtin_frame_address(0)                                             \
    }

#endif
