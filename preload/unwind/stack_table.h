/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_TABLE_H
#define LEAKGRAPH_STACK_TABLE_H

/*
 * The recording's call stacks and their sites, which are found by the stack's hash (stack_hash.h).
 * A new stack takes one search and a few consecutive words, however deep it is: it names a stack
 * whose outer frames it shares, and lists the frames that follow. Called inside malloc, by many
 * threads, and in signal handlers: no malloc, no lock.
 *
 *     site = stack_table_find(hash);
 *     if (site == 0) {
 *         struct stack_draft draft = stack_draft_begin(words, base, kept, pc, module_and_flags);
 *         ... draft = stack_draft_push(draft, pc, module_and_flags) ...      outermost first
 *         site = stack_table_add(hash, stack_draft_store(draft));
 *     }
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

enum { STACK_TABLE_MAX_SITES = 1 << 24 };

/* Takes stack 0, the empty one, and site 0. Before the first capture. */
void stack_table_start(void);

/* The site of the stack with this hash; 0 when there is none yet. */
uint32_t stack_table_find(uint64_t hash);
/* Makes a site for the stack, or finds the one that another thread has just made. 0 when there is
   no room (the caller counts the drop), or when the stack is 0. */
uint32_t stack_table_add(uint64_t hash, uint32_t stack);
uint32_t stack_table_stack_of_site(uint32_t site);
/* Sets enum recording_site_flags. Usually they are set already, and nothing is written. */
void stack_table_mark(uint32_t site, uint32_t flags);

struct stack_table_frame {
    uintptr_t pc;
    uint32_t module_and_flags; /* index of the module | enum recording_stack_flags */
    uint32_t stack;            /* the one that has this frame as its own */
};

/* A stack that is being put together. Passed by value, so that the loops that fill it keep it in
   registers. */
struct stack_draft {
    uint32_t *words, *next; /* `words` belongs to the caller */
    uintptr_t pc;           /* of the innermost frame so far */
    uint32_t module_and_flags;
    uint32_t base, kept, own;
};
enum { STACK_DRAFT_WORDS = 1024 };

/* Starts with the `kept` outer frames of `base`; the innermost of them is given, and must be one of
   base's own (without a base: 0, 0 and zeros). `words` has STACK_DRAFT_WORDS. */
static inline struct stack_draft stack_draft_begin(uint32_t *words, uint32_t base, uint32_t kept,
                                                   uintptr_t pc, uint32_t module_and_flags)
{
    return (struct stack_draft){
        .words = words,
        .next = words + sizeof(struct recording_stack) / sizeof *words,
        .pc = pc,
        .module_and_flags = kept > 0 ? module_and_flags : UINT32_MAX,
        .base = base,
        .kept = kept,
    };
}

/* Room for one more frame? If not, store the draft: it becomes the base of the next one. */
static inline bool stack_draft_has_room(struct stack_draft draft)
{
    return __builtin_expect(draft.next <= draft.words + STACK_DRAFT_WORDS - 4, 1);
}

static inline struct stack_draft stack_draft_push(struct stack_draft draft, uintptr_t pc,
                                                  uint32_t module_and_flags)
{
    int64_t distance = (int64_t)(pc - draft.pc);
    bool is_near = distance == (int64_t)((uint64_t)distance << 33) >> 33;
    draft.next[0] = (uint32_t)distance << 1;
    if (__builtin_expect(module_and_flags != draft.module_and_flags || !is_near, 0)) {
        draft.next[0] = RECORDING_FAR_FRAME;
        draft.next[1] = draft.module_and_flags = module_and_flags;
        draft.next[2] = (uint32_t)pc;
        draft.next[3] = (uint32_t)(pc >> 32);
        draft.next += 3;
    }
    draft.next++;
    draft.pc = pc;
    draft.own++;
    return draft;
}

/* The id of the stack; 0 when there is no room. */
uint32_t stack_draft_store(struct stack_draft draft);

/* The stack that has the innermost frame of this one as its own. */
uint32_t stack_table_owner(uint32_t stack);
/* Fills frames[1 .. count], outermost first; returns the count, 0 when it exceeds the capacity. */
uint32_t stack_table_read(uint32_t stack, struct stack_table_frame *frames, uint32_t capacity);

/*
 * A forked child gets a recording of its own: copies stacks and sites into it with the same ids.
 * Single-threaded. The parent's recording is still mapped while this runs.
 */
void stack_table_restart_after_fork(void);

#endif
