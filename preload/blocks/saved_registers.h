/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SAVED_REGISTERS_H
#define LEAKGRAPH_SAVED_REGISTERS_H

/*
 * Where a hook was called, and what the callee-saved registers held then: a variable may live in
 * one of them and nowhere else, since no function on the way stored it.
 *
 *     struct saved_registers saved = SAVED_REGISTERS_OF_CALLER();   (in the hook itself)
 */

#include <stdint.h>
#include <string.h>

#include "preload/arch/machine.h"
#include "preload/base/call_frame.h"

struct saved_registers {
    struct call_frame caller;
    uintptr_t values[MACHINE_SAVED_REGISTERS];
};

static inline struct saved_registers saved_registers_at(struct call_frame caller,
                                                        const uintptr_t *frame)
{
    struct saved_registers saved = {.caller = caller};
    memcpy(saved.values, frame + MACHINE_SAVED_FIRST, sizeof saved.values);
    return saved;
}

/* Only in a function that is not inlined. It gets a frame pointer, and saves all of them as it
   begins, so no value of its own is among them. */
#define SAVED_REGISTERS_OF_CALLER()                                                                \
    ({                                                                                             \
        __builtin_unwind_init();                                                                   \
        saved_registers_at(CALL_FRAME_OF_CALLER(), __builtin_frame_address(0));                    \
    })

#endif
