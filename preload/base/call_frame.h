/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CALL_FRAME_H
#define LEAKGRAPH_CALL_FRAME_H

/* One position on a stack: the registers that a walk takes from frame to frame. */

#include <stdint.h>

#include "preload/arch/machine.h"

/* pc is a return address: where the frame goes on when its call returns. */
struct call_frame {
    uintptr_t pc, sp, fp;
};

/* Gives the function that asks a frame pointer. */
#define CALL_FRAME_OF_CALLER()                                                                     \
    (struct call_frame)                                                                            \
    {                                                                                              \
        .pc = (uintptr_t)__builtin_return_address(0), .sp = MACHINE_CALLER_SP(),                   \
        .fp = *(uintptr_t *)__builtin_frame_address(0)                                             \
    }

#endif
