/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EVENTS_H
#define LEAKGRAPH_EVENTS_H

/*
 * What the hooks tell: a block was made, is about to be freed, is being moved. Here the live table,
 * the counters and the error list come together; the hooks only know the order around the real
 * call: a free is told before it, an allocation after it.
 *
 *     void *block = real_malloc_functions.malloc(size);
 *     EVENTS_ALLOCATED(block, size);
 *
 * Called inside malloc: no malloc, no lock. errno is kept: whoever asks the kernel for something on
 * the way saves it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "preload/blocks/call_stack.h"
#include "preload/blocks/live_blocks.h"
#include "preload/recording/threads.h"

/* The state of this thread if its events are to be recorded now, with its hook depth raised. */
struct thread *events_enter(void);
static inline void events_leave(struct thread *thread)
{
    thread->in_hook--;
}

void events_allocated(void *block, size_t size_bytes, const struct call_frame *caller);
/* What nearly every call of malloc and free comes to, for the hook itself. False: nothing was done,
   it is for the others. By value: what is passed by its address would be kept in memory. */
bool events_allocated_plainly(void *block, size_t size_bytes, struct call_frame caller);
bool events_freed_plainly(void *block, uintptr_t pc);
void events_allocated_oddly(void *block, size_t size_bytes, struct call_frame caller);
void events_allocated_by_python(void *block, size_t size_bytes, const struct call_frame *caller);
/* `freed_kind`: free, one of the operators delete, or Python's. */
void events_freed(void *block, enum recording_block_kind freed_kind,
                  const struct call_frame *caller);

/* An allocator on top of malloc is told of by itself: what it does inside is not looked at. May be
 * NULL. */
struct thread *events_mute(void);
static inline void events_unmute(struct thread *thread)
{
    if (thread)
        thread->internal--;
}

/* Whose operators new and delete are: an allocator's own do not call malloc, others may cut what
   they give out from blocks of theirs. */
enum events_operator { EVENTS_OF_RUNTIME, EVENTS_OF_ALLOCATOR, EVENTS_OF_OTHERS };
/* operator new, whoever implements it: one event each. What it throws passes through, so nothing
   needs to be undone. */
void events_new_begin(void);
void events_new_end(void *block, size_t size_bytes, enum recording_block_kind kind,
                    enum events_operator whose, const struct call_frame *caller);
/* operator delete: told before it begins; what it calls inside is not looked at again. */
struct events_delete {
    struct thread *thread;
    const void *outer;
};
struct events_delete events_delete_begin(void *block, enum recording_block_kind kind,
                                         const struct call_frame *caller);
void events_delete_end(const struct events_delete *state);

/* realloc in three steps; the block stays in the live table until it has moved. */
struct events_move {
    struct thread *thread; /* NULL: not recorded */
    struct live_block old;
    enum recording_block_kind kind; /* of who moves it */
    bool is_known;
};
struct events_move events_move_begin(void *block, enum recording_block_kind kind,
                                     const struct call_frame *caller);
void events_move_end(struct events_move *move, void *moved, size_t size_bytes,
                     const struct call_frame *caller);

#define EVENTS_ALLOCATED(block, size_bytes)                                                        \
    do {                                                                                           \
        struct call_frame caller_ = CALL_FRAME_OF_CALLER();                                        \
        if (__builtin_expect(!events_allocated_plainly((block), (size_bytes), caller_), 0))        \
            events_allocated_oddly((block), (size_bytes), caller_);                                \
    } while (0)

#endif
