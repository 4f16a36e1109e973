/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_CODES_H
#define LEAKGRAPH_PYTHON_CODES_H

/*
 * Code objects in the recording: qualified name, file and first line are copied when one is first
 * seen, equal ones are one record. Code objects die, and their memory becomes another one: the free
 * of each known one is noticed, and what is remembered by its address holds only while nobody died.
 *
 * A place is a frame's part of a stack in the recording: code and line. Called inside malloc by
 * many threads, for code objects that a frame of the calling thread holds: no malloc, no lock.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Code and line as in a stack, see RECORDING_STACK_PYTHON. 0: could not be recorded. */
typedef uint64_t python_place;

/* The call has not begun yet: its arguments and cells are being made, on the caller's account. */
#define PYTHON_PLACE_NOT_BEGUN UINT64_MAX

/* `instruction` counts units of 2 bytes; negative: before the first. */
python_place python_codes_place(uintptr_t code, int64_t instruction);

/* Grows whenever a known code object died. */
extern _Atomic uint32_t python_codes_deaths;

/* The least size of a code object; UINT64_MAX while none is known. */
extern uint64_t python_codes_least_bytes;
void python_codes_forget(uintptr_t block);
/* A block is about to be freed: it may be a code object. */
static inline void python_codes_note_free(uintptr_t block, uint64_t size_bytes)
{
    if (__builtin_expect(size_bytes >= python_codes_least_bytes, 0))
        python_codes_forget(block);
}

/* In a forked child with a recording of its own: the records are written again with the same ids.
 */
void python_codes_restart_after_fork(void);

#endif
