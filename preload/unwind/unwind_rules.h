/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_UNWIND_RULES_H
#define LEAKGRAPH_UNWIND_RULES_H

/*
 * One word for each code address seen: how to step from its frame to the caller's. Made from
 * .eh_frame when the address is first seen, kept in a lock-free table. Called inside malloc and in
 * signal handlers: no malloc, no lock.
 *
 *     struct unwind_rule rule = unwind_rule_at(pc - 1);   pc is a return address
 */

#include <stdint.h>
#include <string.h>

#include "preload/arch/machine.h"
#include "preload/base/lossy_map.h"

enum unwind_kind {
    UNWIND_NOT_KNOWN = 0,
    UNWIND_FROM_SP,     /* CFA = sp + cfa_words */
    UNWIND_FROM_FP,     /* CFA = fp + cfa_words */
    UNWIND_FROM_MEMORY, /* CFA = *(fp + cfa_words): a realigned stack (DRAP) */
    UNWIND_SIGNAL,      /* the kernel's signal frame */
    UNWIND_OUTERMOST,   /* there is no caller */
    UNWIND_GUESS, /* code without unwind information: a frame pointer chain, if it looks like one */
    UNWIND_ODD,   /* needs more registers than sp and fp: see odd_frame.h */
};

/* Words have 8 bytes. Unless the rule says otherwise, the caller's fp is this frame's. */
struct unwind_rule {
    uint64_t module : 22;   /* index in the module table, UNWIND_NO_MODULE */
    uint64_t kind : 4;      /* enum unwind_kind */
    uint64_t fp_use : 2;    /* enum unwind_fp_use */
    uint64_t fp_at_cfa : 1; /* the caller's fp is stored at CFA + fp_words */
    uint64_t fp_at_fp : 1;  /* the caller's fp is stored at fp + fp_words */
    uint64_t is_plain : 1;  /* stack_walk_step_plain() can take it */
    int64_t fp_words : 13;
    int64_t cfa_words : 20; /* last: see unwind_rule_cfa_offset */
};

/* Derived from the rest: does the fp of a frame matter to the frames outward of it? */
enum unwind_fp_use {
    UNWIND_USES_FP = 1,   /* stepping from the frame reads it */
    UNWIND_PASSES_FP = 2, /* the caller's is the same */
};
enum { UNWIND_NO_MODULE = (1 << 22) - 1 };

extern struct lossy_map unwind_rules_known;
struct unwind_rule unwind_rule_make(uintptr_t address);

static inline struct unwind_rule unwind_rule_of_word(uint64_t word)
{
    struct unwind_rule rule;
    memcpy(&rule, &word, sizeof rule);
    return rule;
}

/* cfa_words in bytes. The next step waits for this value: a shift, and a multiplication that the
   address computation does for free. */
static inline uintptr_t unwind_rule_cfa_offset(struct unwind_rule rule)
{
    uint64_t word;
    memcpy(&word, &rule, sizeof word);
    return (uintptr_t)((int64_t)word >> 44) * 8;
}

/* Where the return address is, once the CFA is known. */
static inline uintptr_t unwind_rule_pc_slot(struct unwind_rule rule, uintptr_t cfa)
{
    return machine_return_slot(cfa, cfa + (uintptr_t)((int64_t)rule.fp_words * 8));
}

/* The key is the byte after the instruction's first, so that a return address is its own key. */
static inline uint64_t unwind_rule_key(uintptr_t address)
{
    return address + 1;
}

/* The rule for the instruction at `address`: for a return address one byte before it. */
static inline struct unwind_rule unwind_rule_at(uintptr_t address)
{
    uint64_t word = lossy_map_get(&unwind_rules_known, unwind_rule_key(address));
    return __builtin_expect(word != 0, 1) ? unwind_rule_of_word(word) : unwind_rule_make(address);
}

/* Forgets the rules of modules that were unmapped or moved. */
void unwind_rules_forget_unloaded(void);
void unwind_rules_restart_after_fork(void);

#endif
