/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_TABLE_H
#define LEAKGRAPH_STACK_TABLE_H

/*
 * The call stacks in the recording and their sites, which are found by the stack's hash (stack_hash.h).
 * A stack that is new takes one search and a few words in a row, however deep it is: it names another
 * stack that it starts like, and says how it goes on.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 *
 *     site = stack_table_find(hash);
 *     if (site == 0) {
 *         stack_draft_begin(draft, base, kept, &last_kept_frame);
 *         ... stack_draft_push(draft, pc, module_and_flags) ...      outermost first
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
/* Makes a site for the stack, or finds the one that another thread was faster to make; 0 when there is
   no room (the caller counts the drop), or the stack is 0. */
uint32_t stack_table_add(uint64_t hash, uint32_t stack);
uint32_t stack_table_stack_of_site(uint32_t site);

struct stack_table_frame {
    uintptr_t pc;
    uint32_t module_and_flags; /* index of the module | enum recording_stack_flags */
    uint32_t stack;            /* the one that has this frame as its own */
};

/* A stack on its way into the table. */
enum { STACK_DRAFT_WORDS = 1024 };
struct stack_draft {
    uintptr_t pc; /* of the innermost frame so far */
    uint32_t module_and_flags;
    uint32_t base, kept, own, used;
    uint32_t words[STACK_DRAFT_WORDS];
};

/* Starts with the `kept` outer frames of `base`, the last of them own there (0, 0, NULL: none). */
static inline void stack_draft_begin(struct stack_draft *draft, uint32_t base, uint32_t kept,
                                     uintptr_t pc, uint32_t module_and_flags)
{
    draft->pc = pc;
    draft->module_and_flags = module_and_flags;
    draft->base = base;
    draft->kept = kept;
    draft->own = 0;
    draft->used = sizeof(struct recording_stack) / sizeof draft->words[0];
}

/* False when the draft is full: it has to be stored, and is the base of what goes on. */
static inline bool stack_draft_push(struct stack_draft *draft, uintptr_t pc, uint32_t module_and_flags)
{
    int64_t distance = (int64_t)(pc - draft->pc);
    uint32_t *word = &draft->words[draft->used];
    if (__builtin_expect(draft->used > STACK_DRAFT_WORDS - 4, 0))
        return false;
    bool is_near = module_and_flags == draft->module_and_flags && distance == (int64_t)(distance << 33) >> 33;
    if (__builtin_expect(is_near && draft->kept + draft->own > 0, 1)) {
        *word = (uint32_t)distance << 1;
        draft->used++;
    } else {
        word[0] = RECORDING_FAR_FRAME;
        word[1] = module_and_flags;
        word[2] = (uint32_t)pc;
        word[3] = (uint32_t)(pc >> 32);
        draft->used += 4;
    }
    draft->pc = pc;
    draft->module_and_flags = module_and_flags;
    draft->own++;
    return true;
}

/* The id of the stack; 0 when there is no room. */
uint32_t stack_draft_store(struct stack_draft *draft);

/* The stack that has the innermost frame of this one as its own. */
uint32_t stack_table_owner(uint32_t stack);
/* Fills frames[1 .. count], outermost first; returns the count, 0 when they are more than the capacity. */
uint32_t stack_table_read(uint32_t stack, struct stack_table_frame *frames, uint32_t capacity);

/*
 * A forked child gets a recording of its own: copies stacks and sites into it with the same ids.
 * Single-threaded. The parent's recording is still mapped while this runs.
 */
void stack_table_restart_after_fork(void);

#endif
