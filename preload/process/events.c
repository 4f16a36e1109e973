/* SPDX-License-Identifier: MIT */
#include "preload/process/events.h"

#include <string.h>

#include "preload/base/real_malloc.h"
#include "preload/blocks/counters.h"
#include "preload/blocks/errors.h"
#include "preload/recording/event_clock.h"
#include "preload/blocks/freed_blocks.h"
#include "preload/blocks/live_plain.h"
#include "preload/unwind/modules.h"
#include "preload/process/process.h"
#include "preload/python/python_codes.h"
#include "preload/recording/recording_writer.h"
#include "preload/snapshot/snapshot_requests.h"
#include "preload/unwind/stack_table.h"

/* A policy that was given to a thread from outside is seen at every so many looks for requests. */
enum { LOOKS_AT_POLICY = 4 };

inline __attribute__((always_inline)) struct thread *events_enter(void)
{
    if (__builtin_expect(!process_is_recording(), 0) && !process_begin())
        return NULL;
    struct thread *thread = threads_self();
    if (__builtin_expect(!thread, 0))
        return NULL;
    if (__builtin_expect(thread->internal, 0)) {
        thread->passed_through++;
        return NULL;
    }
    thread->in_hook++;
    return thread;
}

/* Nothing of a thread without a state, or in a call of our own; the loader's calls mean more. */
static inline bool can_be_plain(const struct thread *thread, uintptr_t pc)
{
    return process_is_recording() && !thread->internal && !modules_is_loader(pc);
}

struct thread *events_mute(void)
{
    struct thread *thread = process_is_recording() || process_begin() ? threads_self() : NULL;
    if (thread)
        thread->internal++;
    return thread;
}

/* Inlined where the kind is known, and nothing of the block needs to go through memory. Returns its
 * site. */
static inline __attribute__((always_inline)) uint32_t add_block(struct thread *thread, void *block,
                                                                size_t size_bytes,
                                                                enum recording_block_kind kind,
                                                                const struct call_frame *caller)
{
    bool by_loader = modules_is_loader(caller->pc);
    if (__builtin_expect(by_loader, 0))
        modules_note_loader_call();
    uint32_t site = call_stack_capture(&thread->call_stack, caller);
    struct live_block made = {.address = (uintptr_t)block,
                              .size_bytes = size_bytes,
                              .birth_ticks = event_clock_read_birth(&thread->clock),
                              .site = site,
                              .kind = kind,
                              .is_root = by_loader};
    counters_allocated(thread, counters_find(thread, site), size_bytes, made.birth_ticks);
    if (__builtin_expect(!live_blocks_add(&made), 0)) /* its free will not be seen */
        counters_freed(thread, site, size_bytes, made.birth_ticks, false, made.birth_ticks);
    thread->last_allocation = block;
    return site;
}

static __attribute__((noinline)) void look(struct thread *thread)
{
    thread->until_look = SNAPSHOT_REQUESTS_PERIOD;
    snapshot_requests_look(thread);
    if (++thread->looks % LOOKS_AT_POLICY == 0)
        threads_look_at_policy(); /* may give the thread another state: the last thing to do */
}

static inline void look_for_requests(struct thread *thread)
{
    if (__builtin_expect(--thread->until_look <= 0, 0))
        look(thread);
}

void events_allocated(void *block, size_t size_bytes, const struct call_frame *caller)
{
    struct thread *thread = block ? events_enter() : NULL;
    if (thread) {
        /* Its tables have places for modules to come: what was there before would be taken for
         * pointers. */
        if (__builtin_expect(modules_is_loader(caller->pc), 0))
            memset(block, 0, size_bytes);
        add_block(thread, block, size_bytes, RECORDING_KIND_MALLOC, caller);
        events_leave(thread);
        look_for_requests(thread);
    }
}

__attribute__((noinline)) void events_allocated_oddly(void *block, size_t size_bytes,
                                                      struct call_frame caller)
{
    events_allocated(block, size_bytes, &caller);
}

inline __attribute__((always_inline)) bool events_allocated_plainly(void *block, size_t size_bytes,
                                                                    struct call_frame caller)
{
    struct thread *thread = threads_current;
    _Atomic uint64_t *word = live_plain_place((uintptr_t)block, size_bytes);
    if (__builtin_expect(!word || !can_be_plain(thread, caller.pc), 0))
        return false;
    thread->in_hook++;
    struct call_stack_site at = call_stack_capture_counted(thread, caller);
    if (__builtin_expect(at.counters == NULL, 0)) {
        events_leave(thread);
        return false;
    }
    uint64_t now = event_clock_read_birth(&thread->clock);
    counters_allocated(thread, at.counters, size_bytes, now);
    live_plain_add(word, (uintptr_t)block, size_bytes, now, at.site);
    thread->last_allocation = block;
    events_leave(thread);
    look_for_requests(thread);
    return true;
}

void events_allocated_by_python(void *block, size_t size_bytes, const struct call_frame *caller)
{
    struct thread *thread = block ? events_enter() : NULL;
    if (thread) {
        add_block(thread, block, size_bytes, RECORDING_KIND_PYTHON, caller);
        events_leave(thread);
        look_for_requests(thread);
    }
}

/* What is freed after the last snapshot is told apart, so that the reader can subtract it. */
static inline __attribute__((always_inline)) void count_free(struct thread *thread,
                                                             const struct live_block *block)
{
    bool is_temporary = thread->last_allocation == (const void *)block->address;
    if (is_temporary)
        thread->last_allocation = NULL;
    counters_freed(thread, block->site, block->size_bytes, block->birth_ticks, is_temporary,
                   event_clock_read(&thread->clock));
    python_codes_note_free(block->address, block->size_bytes);
    if (__builtin_expect(freed_blocks_wanted, false))
        freed_blocks_add(block->address);
}

/*
 * Python gives back to malloc whatever is not in its pools, as it always did. So does an operator
 * delete, which may have put something of its own before what it gave out.
 */
static __attribute__((noinline)) void note_mismatch(struct thread *thread, struct live_block block,
                                                    enum recording_block_kind kind,
                                                    const struct call_frame *caller)
{
    bool is_deletes = (uintptr_t)thread->deleting - block.address < block.size_bytes;
    if (kind != RECORDING_KIND_PYTHON && !(thread->deleting && is_deletes))
        errors_mismatched(thread, &block, kind, caller);
}

/* Objects may be older than our look at them: Python was loaded late. */
static void note_unknown(struct thread *thread, const void *block, enum live_blocks_answer answer,
                         enum recording_block_kind kind, const struct call_frame *caller)
{
    if (kind != RECORDING_KIND_PYTHON)
        errors_unknown_free(thread, block, answer, kind, caller);
    else {
        __atomic_fetch_add(&recording_header->unknown_frees, 1, __ATOMIC_RELAXED);
        python_codes_forget((uintptr_t)block);
    }
}

/* In a call of our own libc may free what it has allocated for the program: the last error of
   dlsym. */
static __attribute__((noinline)) void free_inside(void *block, const struct call_frame *caller)
{
    struct thread *thread = threads_current;
    struct live_block old;
    if (!process_is_recording() || thread == &threads_none ||
        live_blocks_find(block, &old) != LIVE_BLOCKS_LIVE || old.kind != RECORDING_KIND_MALLOC)
        return;
    thread->in_hook++;
    if (live_blocks_remove(block, &old, caller->pc) == LIVE_BLOCKS_LIVE)
        count_free(thread, &old);
    events_leave(thread);
}

void events_freed(void *block, enum recording_block_kind freed_kind,
                  const struct call_frame *caller)
{
    struct thread *thread = events_enter();
    struct live_block old;
    if (!thread) {
        free_inside(block, caller);
        return;
    }
    if (__builtin_expect(modules_is_loader(caller->pc), 0))
        modules_note_loader_call();
    enum live_blocks_answer answer = live_blocks_remove(block, &old, caller->pc);
    if (__builtin_expect(answer == LIVE_BLOCKS_LIVE, true)) {
        if (__builtin_expect(old.kind != freed_kind, 0))
            note_mismatch(thread, old, freed_kind, caller);
        count_free(thread, &old);
    } else if (thread->deleting != block) {
        note_unknown(thread, block, answer, freed_kind, caller);
    }
    events_leave(thread);
}

inline __attribute__((always_inline)) bool events_freed_plainly(void *block, uintptr_t pc)
{
    struct thread *thread = threads_current;
    uint64_t value;
    if (__builtin_expect(!can_be_plain(thread, pc), 0))
        return false;
    _Atomic uint64_t *word = live_plain_find((uintptr_t)block, thread->deleting == block, &value);
    if (__builtin_expect(!word, 0))
        return false;
    thread->in_hook++;
    struct live_block old = live_plain_take(word, value, (uintptr_t)block, pc);
    count_free(thread, &old);
    events_leave(thread);
    return true;
}

/* Some operator new gives out less than a whole block: wherever a block is deleted in the middle,
 * it may be the start of one. */
static bool cuts_blocks;

static bool lies_in(const void *block, const void *other, struct live_block *around)
{
    return other && live_blocks_find(other, around) == LIVE_BLOCKS_LIVE &&
           (uintptr_t)block - around->address < around->size_bytes;
}

/*
 * What new returned is not what malloc made last. An operator may put something of its own before
 * it, or cut it from a block of many, which is all that is known then; an allocator's own operator
 * does not call malloc at all.
 */
static bool is_recorded(struct thread *thread, void *block, enum recording_block_kind kind,
                        enum events_operator whose)
{
    struct live_block around;
    if (lies_in(block, thread->last_allocation, &around)) {
        cuts_blocks = true;
        live_blocks_set_kind((void *)around.address, kind);
        return true;
    }
    if (!thread->last_allocation || live_blocks_find(block, &around) != LIVE_BLOCKS_LIVE) {
        bool is_cut = whose == EVENTS_OF_OTHERS && live_blocks_covering(block, &around);
        cuts_blocks |= is_cut;
        return is_cut;
    }
    live_blocks_set_kind(block, kind);
    return true;
}

/* What an allocator makes for itself is reachable from its own data, which are no roots: its free
 * lists are there. */
static void keep_if_own(void *block, const struct call_frame *caller)
{
    struct live_block own;
    uint32_t module = modules_find(caller->pc);
    if (module == RECORDING_NO_MODULE ||
        module != modules_find((uintptr_t)real_malloc_functions.malloc) ||
        live_blocks_find(block, &own) != LIVE_BLOCKS_LIVE)
        return;
    own.is_root = true;
    live_blocks_add(&own);
}

__attribute__((noinline)) static void add_of_new(void *block, size_t size_bytes,
                                                 enum recording_block_kind kind,
                                                 enum events_operator whose,
                                                 const struct call_frame *caller)
{
    struct thread *thread = events_enter();
    if (!thread)
        return;
    if (!is_recorded(thread, block, kind, whose)) {
        add_block(thread, block, size_bytes, kind, caller);
        if (whose == EVENTS_OF_ALLOCATOR)
            keep_if_own(block, caller);
    }
    events_leave(thread);
    look_for_requests(thread);
}

void events_new_begin(void)
{
    struct thread *thread = threads_current;
    if (process_is_recording())
        thread->last_allocation = NULL;
}

void events_new_end(void *block, size_t size_bytes, enum recording_block_kind kind,
                    enum events_operator whose, const struct call_frame *caller)
{
    struct thread *thread = threads_current;
    if (!block || !process_is_recording())
        return;
    if (__builtin_expect(thread->last_allocation == block, 1))
        live_blocks_set_kind(block, kind);
    else
        add_of_new(block, size_bytes, kind, whose, caller);
}

/* What an operator gave out from inside a block of its own is known by that block alone. */
static void note_deleted(struct thread *thread, void *block, enum recording_block_kind kind,
                         const struct call_frame *caller)
{
    struct live_block old;
    enum live_blocks_answer answer = live_blocks_remove(block, &old, caller->pc);
    if (answer == LIVE_BLOCKS_LIVE) {
        if (old.kind != kind)
            errors_mismatched(thread, &old, kind, caller);
        count_free(thread, &old);
    } else if (!cuts_blocks || !live_blocks_covering(block, &old)) {
        errors_unknown_free(thread, block, answer, kind, caller);
    }
}

struct events_delete events_delete_begin(void *block, enum recording_block_kind kind,
                                         const struct call_frame *caller)
{
    struct thread *thread = block ? events_enter() : NULL;
    struct events_delete state = {thread, NULL};
    if (!thread)
        return state;
    state.outer = thread->deleting;
    if (thread->deleting != block)
        note_deleted(thread, block, kind, caller);
    thread->deleting = block;
    events_leave(thread);
    return state;
}

void events_delete_end(const struct events_delete *state)
{
    if (state->thread)
        state->thread->deleting = state->outer;
}

struct events_move events_move_begin(void *block, enum recording_block_kind kind,
                                     const struct call_frame *caller)
{
    struct events_move move = {.thread = events_enter(), .kind = kind};
    if (!move.thread)
        return move;
    enum live_blocks_answer answer = live_blocks_find(block, &move.old);
    move.is_known = answer == LIVE_BLOCKS_LIVE;
    if (!move.is_known)
        note_unknown(move.thread, block, answer, kind, caller);
    else if (move.old.kind != kind)
        note_mismatch(move.thread, move.old, kind, caller);
    move.thread->moving++;
    live_blocks_set_kind(block, LIVE_BLOCKS_KIND_MOVING);
    events_leave(move.thread);
    return move;
}

static void finish_move(struct events_move *move, void *moved, size_t size_bytes,
                        const struct call_frame *caller)
{
    bool is_gone = moved || size_bytes == 0;
    if (move->is_known && is_gone) {
        struct live_block in_table = move->old;
        in_table.kind = LIVE_BLOCKS_KIND_MOVING;
        if (moved != (void *)move->old.address)
            live_blocks_remove_if_same(&in_table, caller->pc);
        count_free(move->thread, &move->old);
    } else if (move->is_known) {
        live_blocks_set_kind((void *)move->old.address, move->old.kind);
    }
    if (moved)
        stack_table_mark(add_block(move->thread, moved, size_bytes, move->kind, caller),
                         RECORDING_SITE_REALLOC);
}

void events_move_end(struct events_move *move, void *moved, size_t size_bytes,
                     const struct call_frame *caller)
{
    struct thread *thread = move->thread;
    if (!thread)
        return;
    thread->in_hook++;
    finish_move(move, moved, size_bytes, caller);
    events_leave(thread);
    if (--thread->moving == 0 && __builtin_expect(thread->stop_pending, 0))
        snapshot_requests_answer_pending(thread);
    look_for_requests(thread);
}
