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

#include "preload/base/call_frame.h"

/*
 * __builtin_unwind_init() makes the function save all of them as it begins, so no value of its own
 * is among them: on x86-64 below the caller's frame pointer, on aarch64 above the record of x29 and
 * x30.
 */
#if defined(__x86_64__)
enum { SAVED_REGISTERS_COUNT = 6, SAVED_REGISTERS_FIRST = -5 };
#else
enum { SAVED_REGISTERS_COUNT = 12, SAVED_REGISTERS_FIRST = 0 };
#endif

struct saved_registers {
    struct call_frame caller;
    uintptr_t values[SAVED_REGISTERS_COUNT];
};

static inline struct saved_registers saved_registers_at(struct call_frame caller,
                                                        const uintptr_t *frame)
{
    struct saved_registers saved = {.caller = caller};
    memcpy(saved.values, frame + SAVED_REGISTERS_FIRST, sizeof saved.values);
    return saved;
}

/* Only in a function compiled with a frame pointer that is not inlined. */
#define SAVED_REGISTERS_OF_CALLER()                                                                \
    ({                                                                                             \
        __builtin_unwind_init();                                                                   \
        saved_registers_at(CALL_FRAME_OF_CALLER(), __builtin_frame_address(0));                    \
    })

#endif
