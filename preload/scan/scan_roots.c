/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_roots.h"

#include <stddef.h>

#include "preload/arch/machine.h"
#include "preload/unwind/modules.h"
#include "preload/blocks/live_blocks.h"
#include "preload/blocks/own_breaks.h"
#include "preload/blocks/own_mappings.h"
#include "preload/recording/recording_writer.h"
#include "preload/scan/changed_pages.h"
#include "preload/scan/scan_excluded.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_index.h"
#include "preload/scan/scan_maps.h"
#include "preload/scan/thread_descriptor.h"
#include "preload/scan/touched_pages.h"

struct origin {
    struct scan_stream *stream;
    struct recording_snapshot *record;
    enum recording_root_kind kind;
    uint64_t owner;
    bool exact_only; /* libc and the loader: their other pointers are the allocator's own */
    bool all_pages;  /* else those of a kind */
    enum touched_kind pages;
};

static __attribute__((noinline)) void look_up_word(uintptr_t word, uintptr_t where,
                                                   const struct origin *origin)
{
    struct scan_target target = scan_index_target(word, scan_index_find(scan_index_address(word)));
    if (target.node == SIZE_MAX || ((target.offset || target.tagged) && origin->exact_only))
        return;
    scan_stream_number(origin->stream, (uint64_t)origin->kind << 1 | target.tagged);
    scan_stream_number(origin->stream, origin->owner);
    scan_stream_number(origin->stream, where);
    scan_stream_number(origin->stream, target.node);
    scan_stream_number(origin->stream, target.offset);
    origin->record->root_count++;
}

/* Most words are no addresses: they shall cost no call. */
static inline void visit_word(uintptr_t word, uintptr_t where, void *context)
{
    uintptr_t address = scan_index_address(word);
    if (__builtin_expect(address - scan_lowest <= scan_highest - scan_lowest, 0))
        look_up_word(word, where, context);
}

static void scan_pages(uintptr_t start, uintptr_t end, struct origin *origin)
{
    origin->record->root_bytes += end - start;
    scan_guard_words(start, end, visit_word, origin);
}

static void scan_range(uintptr_t start, uintptr_t end, void *context)
{
    struct origin *origin = context;
    struct touched_pages pages;
    if (origin->all_pages) {
        scan_pages(start, end, origin);
        return;
    }
    touched_pages_start(&pages, start, end, origin->pages);
    while (touched_pages_next(&pages, &start, &end))
        scan_pages(start, end, origin);
}

static void scan_but_excluded(uintptr_t start, uintptr_t end, struct origin *origin)
{
    scan_excluded_skip(start, end, scan_range, origin);
}

static void scan_own_part(uintptr_t start, uintptr_t end, void *context)
{
    scan_but_excluded(start, end, context);
}

static const struct snapshot_thread *thread_on(const struct snapshot *snapshot,
                                               const struct scan_map *map)
{
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        uintptr_t pointer = snapshot->threads[i].stack_pointer;
        if (pointer >= map->start && pointer < map->end)
            return &snapshot->threads[i];
    }
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct snapshot_thread *thread = &snapshot->threads[i];
        uintptr_t pointer = thread->thread_pointer;
        if (thread->state == SNAPSHOT_THREAD_UNKNOWN && pointer >= map->start && pointer < map->end)
            return thread;
    }
    return NULL;
}

static void scan_as(enum recording_root_kind kind, uint64_t owner, uintptr_t start, uintptr_t end,
                    struct origin origin)
{
    origin.kind = kind;
    origin.owner = owner;
    scan_but_excluded(start, end, &origin);
}

/* The lowest of libc's stacks in the range that has a thread. */
static const struct snapshot_thread *first_stack(const struct snapshot *snapshot, uintptr_t start,
                                                 uintptr_t end, struct thread_descriptor *first)
{
    const struct snapshot_thread *found = NULL;
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        struct thread_descriptor own;
        uintptr_t pointer = snapshot->threads[i].thread_pointer;
        if (pointer < start || pointer >= end || !thread_descriptor_of(pointer, &own))
            continue;
        found = &snapshot->threads[i];
        *first = own;
        end = pointer;
    }
    return found;
}

/* Memory beside a stack in the same mapping. */
static void scan_beside_stack(uintptr_t start, uintptr_t end, struct origin origin)
{
    origin.kind = RECORDING_ROOT_ANONYMOUS;
    if (recording_header->foreign_allocator)
        own_mappings_each_in(start, end, scan_own_part, &origin);
    else
        scan_but_excluded(start, end, &origin);
}

/* Stacks may share a mapping. From the descriptor on, which holds the first 32 keys, a stack is
   thread-local storage; where that lies before the descriptor it counts as stack. False: none is
   here. */
static bool scan_stacks(const struct snapshot *snapshot, const struct scan_map *map,
                        const struct origin *origin)
{
    const struct snapshot_thread *thread;
    struct thread_descriptor own;
    uintptr_t at = map->start;
    while ((thread = first_stack(snapshot, at, map->end, &own))) {
        uintptr_t start = own.stack_start > at ? own.stack_start : at;
        uintptr_t end = own.stack_end < map->end ? own.stack_end : map->end;
        scan_beside_stack(at, start, *origin);
        scan_as(RECORDING_ROOT_STACK, (uint64_t)thread->tid, start, own.start, *origin);
        scan_as(RECORDING_ROOT_TLS, (uint64_t)thread->tid, own.start, end, *origin);
        at = end;
    }
    if (at == map->start && !(thread = thread_on(snapshot, map)))
        return false;
    if (thread)
        scan_as(RECORDING_ROOT_STACK, (uint64_t)thread->tid, at, map->end, *origin);
    else
        scan_beside_stack(at, map->end, *origin);
    return true;
}

/* With another allocator its mappings cannot be told from the program's: those that hold a stack or
   thread-local storage are roots, of the others what the program mapped itself, and .bss. */
static bool is_known_to_be_no_heap(const struct snapshot *snapshot, const struct scan_map *map)
{
    if (!recording_header->foreign_allocator || map->kind != SCAN_MAP_ANONYMOUS)
        return true;
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        uintptr_t descriptor = snapshot->threads[i].thread_pointer;
        if (descriptor >= map->start && descriptor < map->end)
            return true;
    }
    return thread_on(snapshot, map) != NULL;
}

/* .bss goes on behind a file's last mapping, without a name; what the program mapped just behind
   that looks like the same mapping. Returns where the file's data end, the map's start when they
   are not in it. */
static uintptr_t end_of_data(size_t index)
{
    const struct scan_map *map = &scan_maps[index], *before = map - 1;
    struct module_place module;
    if (map->kind == SCAN_MAP_FILE)
        return map->end;
    if (map->kind != SCAN_MAP_ANONYMOUS)
        return map->start;
    if (!modules_at(map->start, &module)) {
        bool goes_on = index > 0 && before->kind == SCAN_MAP_FILE && before->writable &&
                       before->end == map->start;
        if (!goes_on)
            return map->start;
        if (!modules_at(map->start - 1, &module))
            return map->end;
    }
    uintptr_t end = machine_page_end(module.end);
    return end < map->start ? map->start : end < map->end ? end : map->end;
}

/* An address of the module whose data are in a map, or go on in it. */
static uintptr_t inside_module(const struct scan_map *map)
{
    bool goes_on = map->kind != SCAN_MAP_FILE && modules_find(map->start) == RECORDING_NO_MODULE;
    return goes_on ? map->start - 1 : map->start;
}

static void scan_data(const struct scan_map *map, uintptr_t end, struct origin origin)
{
    uintptr_t inside = inside_module(map);
    origin.kind = RECORDING_ROOT_DATA;
    origin.all_pages = map->kind == SCAN_MAP_FILE && map->writable;
    origin.owner = modules_find(inside);
    origin.exact_only = modules_is_libc(inside) || modules_is_loader(inside);
    scan_but_excluded(map->start, end, &origin);
}

/* The program's own parts of the heap's mapping. */
static void scan_breaks(const struct scan_map *map, struct origin origin)
{
    origin.kind = RECORDING_ROOT_ANONYMOUS;
    origin.pages = TOUCHED_PRIVATE;
    own_breaks_each_in(map->start, map->end, scan_own_part, &origin);
}

/* What the program made read-only, or hides for a while, still holds its pointers. Not so what is
   reserved: gigabytes that nobody may touch. */
static bool may_hold_pointers(const struct scan_map *map)
{
    enum { LARGEST_HIDDEN_BYTES = 256 << 20 };
    if (map->kind == SCAN_MAP_HEAP || map->kind == SCAN_MAP_OTHER)
        return false;
    if (map->shared || map->readable)
        return map->readable && (map->writable || !map->shared);
    return map->kind == SCAN_MAP_ANONYMOUS && map->end - map->start <= LARGEST_HIDDEN_BYTES;
}

static enum touched_kind kind_of_pages(const struct scan_map *map)
{
    if (map->shared)
        return TOUCHED_SHARED;
    return map->readable && map->writable ? TOUCHED_PRIVATE : TOUCHED_WRITTEN;
}

static void scan_map_roots(const struct snapshot *snapshot, size_t index, struct origin origin)
{
    const struct scan_map *map = &scan_maps[index];
    if (map->kind != SCAN_MAP_FILE && scan_stacks(snapshot, map, &origin))
        return;
    origin.kind = map->shared ? RECORDING_ROOT_SHARED : RECORDING_ROOT_ANONYMOUS;
    origin.pages = kind_of_pages(map);
    uintptr_t data_end = end_of_data(index);
    if (data_end > map->start)
        scan_data(map, data_end, origin);
    if (data_end < map->end)
        scan_but_excluded(data_end, map->end, &origin);
}

/* A stack in a block: of a coroutine, or of signal handlers, which the kernel knows. */
static void visit_stacks(const struct snapshot_thread *thread, const struct origin *origin)
{
    uintptr_t sp = thread->stack_pointer; /* or so far below it as the red zone is large */
    visit_word(thread->alternate_stack, MACHINE_CONTEXT_SP, (void *)origin);
    visit_word(sp, MACHINE_CONTEXT_SP, (void *)origin);
    visit_word(sp + MACHINE_RED_ZONE_BYTES, MACHINE_CONTEXT_SP, (void *)origin);
}

static void visit_registers(const struct snapshot_thread *thread, struct origin origin)
{
    origin.kind = RECORDING_ROOT_REGISTER;
    origin.owner = (uint64_t)thread->tid;
    for (size_t i = 0; i < MACHINE_SAVED_REGISTERS; i++)
        visit_word(thread->saved.values[i], i, &origin);
    if (thread->state == SNAPSHOT_THREAD_BLOCKED)
        for (size_t i = 0; i < sizeof thread->arguments / sizeof *thread->arguments; i++)
            visit_word(thread->arguments[i], i, &origin);
    visit_stacks(thread, &origin);
    if (!thread->context)
        return;
    const machine_word *registers = machine_context_registers(thread->context);
    for (int i = 0; i < MACHINE_CONTEXT_REGISTERS; i++)
        if (i != MACHINE_CONTEXT_SP && i != MACHINE_CONTEXT_PC)
            visit_word((uintptr_t)registers[i], (uintptr_t)i, &origin);
    size_t size_bytes;
    uintptr_t state = (uintptr_t)machine_extended_state(thread->context, &size_bytes);
    if (state)
        scan_guard_words(state, state + size_bytes, visit_word, &origin);
}

/* Another allocator's mapping, or a file's .bss. */
static void scan_known_parts(size_t index, struct origin origin)
{
    const struct scan_map *map = &scan_maps[index];
    uintptr_t data_end = end_of_data(index);
    origin.pages = kind_of_pages(map);
    if (data_end > map->start && modules_find(inside_module(map)) != RECORDING_NO_MODULE)
        scan_data(map, data_end, origin);
    origin.kind = RECORDING_ROOT_ANONYMOUS;
    own_mappings_each_in(map->start, map->end, scan_own_part, &origin);
}

static void scan_changed_part(uintptr_t start, uintptr_t end, void *context)
{
    scan_pages(start, end, context);
}

/* What this process was born with is no node, and keeps alive what it leads to. */
static bool scan_inherited_block(const struct live_block *block, void *context)
{
    struct scan_node node = scan_index_node(block);
    uintptr_t farthest_end = node.address + node.size_bytes + RECORDING_MOST_SLACK_BYTES;
    if (!changed_pages_any(node.address, farthest_end))
        return true;
    changed_pages_each(node.address, scan_index_end_of_words(&node), scan_changed_part, context);
    return true;
}

bool scan_roots(struct snapshot *snapshot, struct scan_stream *stream)
{
    struct origin origin = {.stream = stream, .record = snapshot->record};
    if (!scan_excluded_collect(snapshot))
        return false;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].state != SNAPSHOT_THREAD_DEAD)
            visit_registers(&snapshot->threads[i], origin);
    for (size_t i = 0; i < scan_maps_count; i++) {
        const struct scan_map *map = &scan_maps[i];
        if (map->kind == SCAN_MAP_HEAP)
            scan_breaks(map, origin);
        if (!may_hold_pointers(map))
            continue;
        if (is_known_to_be_no_heap(snapshot, map))
            scan_map_roots(snapshot, i, origin);
        else
            scan_known_parts(i, origin);
    }
    origin.kind = RECORDING_ROOT_INHERITED;
    if (snapshot->record->flags & RECORDING_SNAPSHOT_OWN)
        live_blocks_walk_inherited(scan_inherited_block, &origin);
    scan_stream_number(stream, 0);
    return true;
}
