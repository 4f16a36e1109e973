/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_excluded.h"

#include <stddef.h>

#include "preload/base/address_sort.h"
#include "preload/base/private_memory.h"
#include "preload/blocks/python_arenas.h"
#include "preload/recording/recording_writer.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_index.h"
#include "preload/scan/scan_maps.h"
#include "preload/scan/thread_descriptor.h"
#include "preload/scan/touched_pages.h"

/* glibc malloc: heaps of arenas are aligned to this, chunk headers lie before the block. */
#define ARENA_HEAP_BYTES ((uintptr_t)64 << 20)
enum { CHUNK_IS_MAPPED = 2, CHUNK_FLAGS = 7 };

enum { EXCLUDED_LIMIT = 1 << 20 };
static struct address_range *excluded;
static size_t excluded_count, settled_count; /* the latter are sorted, and do not overlap */

static void exclude(uintptr_t start, uintptr_t end)
{
    if (start < end && excluded_count < EXCLUDED_LIMIT)
        excluded[excluded_count++] = (struct address_range){start, end};
}

static void settle_excluded(void)
{
    size_t kept = 0;
    address_sort(excluded, excluded_count, sizeof *excluded);
    for (size_t i = 0; i < excluded_count; i++) {
        if (kept && excluded[i].start <= excluded[kept - 1].end) {
            if (excluded[kept - 1].end < excluded[i].end)
                excluded[kept - 1].end = excluded[i].end;
        } else if (excluded[i].start < excluded[i].end) {
            excluded[kept++] = excluded[i];
        }
    }
    excluded_count = settled_count = kept;
}

/* Where the linker put us. */
#pragma GCC visibility push(hidden)
extern const char __ehdr_start[], _end[];
#pragma GCC visibility pop

static void exclude_own_memory(void)
{
    size_t room = EXCLUDED_LIMIT - excluded_count;
    size_t count = private_memory_ranges(excluded + excluded_count, room);
    for (size_t i = 0; i < count && i < room; i++)
        if (excluded[excluded_count + i].end <= 1) /* given back */
            excluded[excluded_count + i] = (struct address_range){0, 0};
    excluded_count += count < room ? count : room;
    exclude((uintptr_t)__ehdr_start, machine_page_end((uintptr_t)_end));
}

/* Python's small objects have no header of malloc's; what is larger comes from malloc. */
static bool is_in_python_pool(const struct scan_node *node)
{
    enum { POOL_BLOCK_BYTES = 512 };
    return node->kind == RECORDING_KIND_PYTHON && node->size_bytes <= POOL_BLOCK_BYTES;
}

/* Small blocks have a mapping of their own only where the program asked for that; then they begin a
 * page. */
static bool may_be_mapped(const struct scan_node *node)
{
    enum { SMALLEST_BYTES = 16384 };
    return !(node->address & 15) &&
           ((node->address & 4095) == 16 || node->size_bytes >= SMALLEST_BYTES);
}

/* A chunk with a mapping of its own: the header says where that begins and ends. */
static void exclude_mapped_chunks(void)
{
    for (size_t i = 0; i < scan_node_count; i++) {
        if (!may_be_mapped(&scan_nodes[i]) || is_in_python_pool(&scan_nodes[i]))
            continue;
        uintptr_t header = scan_nodes[i].address - 16;
        uintptr_t before = scan_guard_word(header), size = scan_guard_word(header + 8);
        if (size & CHUNK_IS_MAPPED)
            exclude(header - before, header + (size & ~(uintptr_t)CHUNK_FLAGS));
    }
}

static bool is_plain_memory(const struct scan_map *map)
{
    return map->kind == SCAN_MAP_ANONYMOUS && map->readable && map->writable;
}

/* The start of an arena's heap: {arena, previous heap, size, ...}, the arena just behind a
 * heap_info. */
static bool is_arena_heap(uintptr_t start, uintptr_t end)
{
    uintptr_t arena = scan_guard_word(start), previous = scan_guard_word(start + 8),
              size = scan_guard_word(start + 16);
    return end - start >= 64 && arena && (arena & (ARENA_HEAP_BYTES - 1)) < 0x100 &&
           (arena & 7) == 0 && (previous & (ARENA_HEAP_BYTES - 1)) == 0 && size >= 4096 &&
           (size & 4095) == 0 && size <= ARENA_HEAP_BYTES && size <= end - start;
}

static void exclude_arena_heaps(const struct scan_map *map)
{
    uintptr_t at = (map->start + ARENA_HEAP_BYTES - 1) & ~(ARENA_HEAP_BYTES - 1);
    for (; at + 64 <= map->end; at += ARENA_HEAP_BYTES)
        if (is_arena_heap(at, map->end))
            exclude(at, at + scan_guard_word(at + 16));
}

static bool is_running(const struct snapshot *snapshot, uintptr_t thread_pointer)
{
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].thread_pointer == thread_pointer)
            return true;
    return false;
}

static struct snapshot_thread *find_thread(const struct snapshot *snapshot, int32_t tid)
{
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (snapshot->threads[i].tid == tid)
            return &snapshot->threads[i];
    return NULL;
}

/*
 * glibc keeps the stacks of finished threads for new ones. Such a stack ends with a descriptor
 * whose thread is gone. A thread that was not stopped could not tell where its own is.
 */
static void look_for_descriptors(uintptr_t start, uintptr_t end, void *context)
{
    const struct snapshot *snapshot = context;
    struct thread_descriptor found;
    while (thread_descriptor_next(&start, end, &found)) {
        struct snapshot_thread *thread = found.tid > 0 ? find_thread(snapshot, found.tid) : NULL;
        if (thread && !thread->thread_pointer)
            thread->thread_pointer = found.thread_pointer;
        if (found.tid <= 0 && found.is_libcs && !is_running(snapshot, found.thread_pointer))
            exclude(found.stack_start, found.stack_end);
    }
}

static void look_for_descriptors_in(uintptr_t start, uintptr_t end, void *context)
{
    struct touched_pages pages;
    touched_pages_start(&pages, start, end, TOUCHED_PRIVATE);
    while (touched_pages_next(&pages, &start, &end))
        look_for_descriptors(start, end, context);
}

/* A sanitizer's shadow is reserved by the terabyte: to ask which of its pages were touched takes
   minutes, and it holds no stacks. */
static bool is_reserved_shadow(const struct scan_map *map)
{
    return map->end - map->start > (uintptr_t)64 << 30;
}

/* A stack need not have a mapping of its own, nor a guard that the maps show. */
static void exclude_finished_threads(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < scan_maps_count; i++)
        if (is_plain_memory(&scan_maps[i]) && !is_reserved_shadow(&scan_maps[i]))
            scan_excluded_skip(scan_maps[i].start, scan_maps[i].end, look_for_descriptors_in,
                               (void *)snapshot);
}

/* The stack of a thread that told its stack pointer is dead below it. On a stack of the program's
   own, down to the next thread's. */
static void exclude_below(const struct snapshot *snapshot, const struct snapshot_thread *thread)
{
    uintptr_t sp = thread->stack_pointer & ~(uintptr_t)7;
    const struct scan_map *map = scan_maps_find(sp);
    struct thread_descriptor own;
    if (!map)
        return;
    if (thread_descriptor_of(thread->thread_pointer, &own) && own.stack_start <= sp &&
        sp < own.stack_end) {
        exclude(own.stack_start, sp);
        return;
    }
    uintptr_t lowest = map->start;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (thread_descriptor_of(snapshot->threads[i].thread_pointer, &own) &&
            own.stack_end > lowest && own.stack_end <= sp)
            lowest = own.stack_end;
    exclude(lowest, sp);
}

static void exclude_stacks(const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        const struct snapshot_thread *thread = &snapshot->threads[i];
        if (thread->state == SNAPSHOT_THREAD_DEAD) {
            for (size_t m = 0; m < scan_maps_count; m++)
                if (scan_maps[m].kind == SCAN_MAP_STACK)
                    exclude(scan_maps[m].start, scan_maps[m].end);
        } else if (thread->stack_pointer) {
            exclude_below(snapshot, thread);
        }
    }
}

bool scan_excluded_collect(const struct snapshot *snapshot)
{
    excluded = private_memory_map(EXCLUDED_LIMIT * sizeof *excluded);
    if (!excluded)
        return false;
    exclude_own_memory();
    if (!recording_header->foreign_allocator)
        exclude_mapped_chunks();
    for (size_t i = 0; i < scan_maps_count; i++)
        if (is_plain_memory(&scan_maps[i]))
            exclude_arena_heaps(&scan_maps[i]);
    python_arenas_each(exclude);
    settle_excluded();
    exclude_finished_threads(snapshot);
    exclude_stacks(snapshot);
    settle_excluded();
    return true;
}

/* The first that ends behind the address. */
static size_t find(uintptr_t address)
{
    size_t low = 0, high = settled_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (excluded[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void scan_excluded_skip(uintptr_t start, uintptr_t end, scan_excluded_visitor *visit, void *context)
{
    for (size_t i = find(start); i < settled_count && start < end; i++) {
        if (excluded[i].start >= end)
            break;
        if (excluded[i].start > start)
            visit(start, excluded[i].start, context);
        start = excluded[i].end;
    }
    if (start < end)
        visit(start, end, context);
}
