/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_THREAD_DESCRIPTOR_H
#define LEAKGRAPH_THREAD_DESCRIPTOR_H

/*
 * glibc's descriptor of a thread, struct pthread, which lies at the upper end of the thread's
 * stack: whose stack is it, and has the thread ended? A stack that is kept for the next thread
 * still has the descriptor of the last one. The fields are found as libc tells debuggers. In the
 * snapshot child only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once per process, where malloc may be called. */
void thread_descriptor_start(void);

struct thread_descriptor {
    uintptr_t start, end; /* of the descriptor itself */
    uintptr_t stack_start, stack_end;
    uintptr_t thread_pointer;
    int32_t tid;   /* 0 or less once the thread has ended */
    bool is_libcs; /* the stack: libc mapped it, with a guard */
};

/* Of a thread that has this thread pointer. False when its stack is not glibc's to know: the main
   thread's. */
bool thread_descriptor_of(uintptr_t thread_pointer, struct thread_descriptor *found);

/* The lowest descriptor in [*at, end); *at is where to go on. */
bool thread_descriptor_next(uintptr_t *at, uintptr_t end, struct thread_descriptor *found);

/* Where a thread keeps the pointers to its tables of pthread-specific values, and how many; 0: not
   known. */
uintptr_t thread_descriptor_key_tables(uintptr_t thread_pointer, size_t *count);

#endif
