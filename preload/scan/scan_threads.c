/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_threads.h"

#include "preload/arch/machine.h"
#include "preload/unwind/modules.h"
#include "preload/base/private_memory.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/thread_descriptor.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_walk.h"

/* A frame, or what else has an address: what `id` means differs from list to list. */
struct place {
    uint64_t id;
    uintptr_t pc, address;
};

/* Deeper stacks lack their outer frames. */
enum { MOST_PLACES = 65536 };

struct place_list {
    const struct snapshot_thread *thread;
    size_t count;
    struct place all[MOST_PLACES];
};

static void add(struct place_list *list, uint64_t id, uintptr_t pc, uintptr_t address)
{
    if (list->count < MOST_PLACES)
        list->all[list->count++] = (struct place){id, pc, address};
}

/* --- thread-local storage --- */

/* glibc's dtv: an entry for each module, before the first one how many there are. */
struct tls_entry {
    uintptr_t address; /* all bits are set until the thread touches it */
    uintptr_t to_free;
};

static void list_storage(void *context)
{
    struct place_list *list = context;
    uintptr_t at = list->thread->thread_pointer + MACHINE_TLS_LIST_OFFSET;
    const struct tls_entry *entries = *(const struct tls_entry *const *)at;
    for (uintptr_t number = 1; number <= entries[-1].address && list->count < MOST_PLACES;
         number++) {
        uint32_t module = modules_of_tls((uint32_t)number);
        bool is_made = entries[number].address && ~entries[number].address;
        if (module != RECORDING_NO_MODULE && is_made)
            add(list, module, 0, entries[number].address);
    }
}

/* --- pthread keys --- */

static void list_key_tables(void *context)
{
    struct place_list *list = context;
    size_t count;
    const uintptr_t *tables =
        (const uintptr_t *)thread_descriptor_key_tables(list->thread->thread_pointer, &count);
    for (size_t i = 0; i < count; i++)
        if (tables[i])
            add(list, i, 0, tables[i]);
}

/* --- frames --- */

/* Of a thread that was not stopped the kernel told where it sleeps, but no frame pointer: its walk
   ends where that is needed. False when nothing is known. */
static bool find_start(const struct snapshot_thread *thread, struct call_frame *start,
                       bool *is_interrupted)
{
    *is_interrupted = true;
    if (thread->context) {
        const machine_word *registers = machine_context_registers(thread->context);
        start->pc = (uintptr_t)registers[MACHINE_CONTEXT_PC];
        start->sp = (uintptr_t)registers[MACHINE_CONTEXT_SP];
        start->fp = (uintptr_t)registers[MACHINE_CONTEXT_FP];
    } else if (thread->saved.caller.pc) {
        *start = thread->saved.caller;
        *is_interrupted = false;
    } else if (thread->state == SNAPSHOT_THREAD_BLOCKED && thread->blocked_pc) {
        *start = (struct call_frame){.pc = thread->blocked_pc,
                                     .sp = thread->stack_pointer + MACHINE_RED_ZONE_BYTES};
    } else {
        return false;
    }
    return true;
}

static void list_frames(void *context)
{
    struct place_list *list = context;
    struct call_frame start;
    struct stack_walk walk;
    struct stack_link link;
    bool is_interrupted;
    if (!find_start(list->thread, &start, &is_interrupted))
        return;
    struct call_frame at = start;
    enum stack_step step = STACK_STEP_CALLER;
    stack_walk_begin(&walk, &start, NULL);
    stack_walk_move(&walk, start.sp, is_interrupted, true);
    while (step == STACK_STEP_CALLER && at.pc && list->count < MOST_PLACES - 1) {
        struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
        uint32_t exact = walk.is_interrupted ? RECORDING_STACK_EXACT_PC : 0;
        uintptr_t below = exact ? MACHINE_RED_ZONE_BYTES : 0; /* interrupted code may use that */
        add(list, stack_frame_module(rule) | exact, at.pc, at.sp - below);
        step = stack_walk_step(&walk, &at, rule, &link);
    }
    if (step == STACK_STEP_CALLER || at.pc == 0)
        add(list, RECORDING_NO_MODULE, 0, at.sp);
}

/* --- the stream --- */

/* A fault ends a list early: what is in it holds. */
static void fill(struct place_list *list, void (*function)(void *),
                 const struct snapshot_thread *thread)
{
    list->thread = thread;
    list->count = 0;
    scan_guard_call(function, list);
}

static void write_addresses(struct scan_stream *stream, const struct place_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        scan_stream_number(stream, list->all[i].id + 1);
        scan_stream_number(stream, list->all[i].address);
    }
    scan_stream_number(stream, 0);
}

/* The last frame is one without a function: where a walk ends or gets lost, the frame's end is not
 * known. */
static void write_frames(struct scan_stream *stream, struct place_list *list)
{
    uintptr_t previous = 0;
    if (list->count)
        list->all[list->count - 1].pc = 0;
    for (size_t i = 0; i < list->count; i++) {
        scan_stream_number(stream, list->all[i].id + 1);
        scan_stream_number(stream, list->all[i].pc);
        scan_stream_number(stream, scan_stream_zigzag((int64_t)(list->all[i].address - previous)));
        previous = list->all[i].address;
    }
    scan_stream_number(stream, 0);
}

static void write_thread(struct scan_stream *stream, struct place_list *list,
                         const struct snapshot_thread *thread)
{
    scan_stream_number(stream, (uint64_t)thread->tid + 1);
    list->count = 0;
    if (thread->thread_pointer)
        fill(list, list_storage, thread);
    write_addresses(stream, list);
    list->count = 0;
    if (thread->thread_pointer)
        fill(list, list_key_tables, thread);
    write_addresses(stream, list);
    fill(list, list_frames, thread);
    write_frames(stream, list);
}

void scan_threads(const struct snapshot *snapshot, struct scan_stream *stream)
{
    struct place_list *list = private_memory_map(sizeof *list);
    for (size_t i = 0; list && i < snapshot->thread_count; i++)
        if (snapshot->threads[i].state != SNAPSHOT_THREAD_DEAD)
            write_thread(stream, list, &snapshot->threads[i]);
    scan_stream_number(stream, 0);
}
