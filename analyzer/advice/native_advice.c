/* SPDX-License-Identifier: MIT */
#include "analyzer/advice/native_advice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/objects/site_types.h"
#include "analyzer/base/text.h"

enum { MOST_OF_A_KIND = 10 };

/* In the order they are shown. */
enum kind { KIND_REAL_TIME, KIND_PREALLOCATE, KIND_REUSE, KIND_POOL, KIND_ARRAY };
static const char *const kind_names[] = {"real-time", "preallocate", "reuse", "pool", "array"};

struct told {
    const struct busy_line *line;
    enum kind kind;
    const char *text;
    uint64_t weight;
};

struct adviser {
    struct arena *arena, *scratch;
    const struct native_advice_input *input;
    struct site_types_cache *types;
    struct told *told;
    size_t count, capacity;
};

static void tell(struct adviser *adviser, const struct busy_line *line, enum kind kind,
                 uint64_t weight, const char *text)
{
    adviser->told = arena_grow(adviser->scratch, adviser->told, adviser->count, &adviser->capacity,
                               sizeof *adviser->told);
    adviser->told[adviser->count++] = (struct told){line, kind, text, weight};
}

/* Worth a change: a hundredth of all the program's allocations. */
static bool is_much(const struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_SHARE = 100 };
    const struct totals *totals = adviser->input->totals;
    return line->allocations >= totals->allocations / LEAST_SHARE;
}

/* Or a twentieth of its bytes, in far fewer and larger blocks. */
static bool is_much_memory(const struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_BYTES = 1 << 20, LEAST_SHARE = 20 };
    return line->allocated_bytes >= LEAST_BYTES &&
           line->allocated_bytes >= adviser->input->totals->allocated_bytes / LEAST_SHARE;
}

/* Except in very short runs, what rarely happens costs nothing. */
static bool is_frequent(const struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_PER_SECOND = 500 };
    double seconds = (double)adviser->input->duration_ns / 1e9;
    return (double)line->allocations >= LEAST_PER_SECOND * seconds;
}

static bool is_mostly_leaked(const struct busy_line *line)
{
    return line->leaked_bytes > line->allocated_bytes / 2;
}

/* --- preallocate: a container that outgrows its buffer again and again --- */

/* The size of one element; 0: unknown. */
static uint64_t element_bytes(struct adviser *adviser, const struct busy_line *line)
{
    struct site_types found;
    if (line->use == USE_GROWN_STRING)
        return 1;
    site_types_find(&found, adviser->types, line->stack, 0); /* any number of elements fits */
    return found.count && found.all[0].is_certain ? dwarf_type_size(found.all[0].type) : 0;
}

/*
 * A vector of a few elements had to allocate anyway. Buffers double as they grow, so an average of
 * 3 elements means growth beyond 4 in several steps. Strings of up to 15 characters need no block,
 * so an average of 100 means growth to 200 and more. A single large buffer counts by its bytes.
 */
static bool advise_preallocation(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_TIMES = 1000, LEAST_STEPS = 8 };
    enum { LEAST_ELEMENTS = 3, LEAST_CHARACTERS = 100 };
    bool is_string = line->use == USE_GROWN_STRING;
    uint64_t average = line->allocated_bytes / line->allocations;
    bool is_often = line->allocations >= LEAST_TIMES && is_much(adviser, line);
    bool is_large = line->allocations >= LEAST_STEPS && is_much_memory(adviser, line);
    if (!(is_often || is_large) || (line->use != USE_GROWN_VECTOR && !is_string))
        return false;
    uint64_t element = element_bytes(adviser, line);
    if (!element || average < element * (is_string ? LEAST_CHARACTERS : LEAST_ELEMENTS))
        return false;
    tell(adviser, line, KIND_PREALLOCATE, line->allocated_bytes,
         arena_printf(
             adviser->arena,
             "%s outgrew its buffer %" PRIu64 " times here: %" PRIu64 " bytes allocated, %" PRIu64
             " on average, and the old content copied each time; "
             "call reserve() before, or keep the %s and clear() it, which keeps its memory",
             is_string ? "a string" : "a vector", line->allocations, line->allocated_bytes, average,
             is_string ? "string" : "vector"));
    return true;
}

/* Regardless of sizes: a buffer that doubles is not enlarged this often. */
static void advise_growth_steps(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_TIMES = 1000, LEAST_AVERAGE_BYTES = 1024 };
    uint64_t average = line->allocated_bytes / line->allocations;
    if (line->allocations < LEAST_TIMES || average < LEAST_AVERAGE_BYTES ||
        !(is_much(adviser, line) || is_much_memory(adviser, line)))
        return;
    tell(adviser, line, KIND_PREALLOCATE, line->allocated_bytes,
         arena_printf(adviser->arena,
                      "realloc was called %" PRIu64 " times here, for %" PRIu64
                      " bytes in all, %" PRIu64 " on average, and may copy the old content each "
                      "time; let the buffer grow to twice its size, or allocate what it will need",
                      line->allocations, line->allocated_bytes, average));
}

/* --- reuse: made and dropped at once --- */

static const char *const things[] = {
    [USE_PLAIN] = "blocks",
    [USE_STRING] = "strings",
    [USE_GROWN_STRING] = "strings",
    [USE_VECTOR] = "vectors",
    [USE_GROWN_VECTOR] = "vectors",
    [USE_DEQUE] = "deques",
    [USE_LIST] = "list nodes",
    [USE_TREE] = "nodes of a map or set",
    [USE_HASH] = "nodes of a hash table",
    [USE_SHARED] = "shared objects",
    [USE_FUNCTION] = "function objects",
    [USE_STREAM] = "stream buffers",
    [USE_OTHER] = "blocks",
};

static const char *cure_for_reuse(enum allocation_use use)
{
    switch (use) {
    case USE_STRING:
    case USE_GROWN_STRING:
        return "keep one std::string outside of the loop and assign to it, or pass a "
               "std::string_view";
    case USE_VECTOR:
    case USE_GROWN_VECTOR:
        return "keep one std::vector outside of the loop and clear() it, which keeps its memory, "
               "or use "
               "a std::array";
    case USE_FUNCTION:
        return "make it once outside of the loop, or take what is called as a template parameter";
    case USE_STREAM:
        return "keep one stream outside of the loop; str(\"\") empties it";
    case USE_DEQUE:
    case USE_LIST:
    case USE_TREE:
    case USE_HASH:
        return "use a std::vector that is kept outside of the loop, or a std::pmr container on a "
               "buffer";
    case USE_SHARED:
        return "make one outside of the loop and use it again, or put the object on the stack";
    default:
        return "keep one buffer outside of the loop and use it again, or put it on the stack";
    }
}

/* The time, a power of two, within which three of four blocks were freed; 0: fewer were. */
static uint64_t short_life_ns(const struct busy_line *line)
{
    uint64_t freed = 0, most = line->allocations - line->allocations / 4;
    for (int order = 0; order + 1 < RECORDING_LIFETIMES; order++) {
        freed += line->lifetimes[order];
        if (freed >= most)
            return UINT64_C(1) << (RECORDING_LIFETIME_SHIFT + order);
    }
    return 0;
}

static bool is_single_object(enum allocation_use use)
{
    return use == USE_PLAIN || use == USE_LIST || use == USE_TREE || use == USE_HASH ||
           use == USE_SHARED;
}

/*
 * Blocks that another thread frees are being handed over, and no loop could keep them. Objects that
 * come and go in a container or queue are never the latest allocation when they go; of those that
 * live in one scope, at least one is.
 */
static bool is_of_a_scope(const struct busy_line *line)
{
    enum { LEAST_OWN = 10, LEAST_TEMPORARY = 20 };
    return line->own_frees >= line->allocations - line->allocations / LEAST_OWN &&
           (!is_single_object(line->use) || line->temporary >= line->allocations / LEAST_TEMPORARY);
}

static bool advise_reuse(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_TIMES = 10000, LONGEST_LIFE_NS = 1 << 17, LARGEST_LIVE_SHARE = 100 };
    uint64_t life_ns = short_life_ns(line);
    if (line->allocations < LEAST_TIMES || !life_ns || life_ns > LONGEST_LIFE_NS ||
        !is_of_a_scope(line) || line->peak_bytes > line->allocated_bytes / LARGEST_LIVE_SHARE ||
        !is_much(adviser, line) || !is_frequent(adviser, line))
        return false;
    tell(adviser, line, KIND_REUSE, line->allocations,
         arena_printf(adviser->arena,
                      "%" PRIu64 " %s made and dropped at once, %" PRIu64
                      " bytes in all; three of four lived less than %" PRIu64 " us: %s",
                      line->allocations, things[line->use], line->allocated_bytes, life_ns / 1000,
                      cure_for_reuse(line->use)));
    return true;
}

/* --- pool: blocks of one size that come and go --- */

static bool advise_pool(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_TIMES = 100000, LARGEST_BYTES = 1024, LARGEST_LIVE_SHARE = 100 };
    uint64_t size = line->block_bytes;
    bool is_node = line->use == USE_LIST || line->use == USE_TREE || line->use == USE_HASH;
    if (!is_single_object(line->use) || line->allocations < LEAST_TIMES || !size ||
        size > LARGEST_BYTES || line->frees < line->allocations / 10 * 9 ||
        line->peak_bytes > line->allocated_bytes / LARGEST_LIVE_SHARE || !is_much(adviser, line) ||
        !is_frequent(adviser, line))
        return false;
    tell(adviser, line, KIND_POOL, line->allocations,
         arena_printf(adviser->arena, "%" PRIu64 " %s of %" PRIu64 " bytes came and went: %s",
                      line->allocations, things[line->use], size,
                      is_node
                          ? "give the container a std::pmr::unsynchronized_pool_resource, or move "
                            "nodes with extract() and splice()"
                          : "take them from a pool, and give them back to it"));
    return true;
}

/* --- array: many small blocks held one by one --- */

/* What glibc's malloc uses for a block: 8 bytes of its own, rounded up to 16, at least 32. */
static uint64_t taken_bytes(uint64_t size)
{
    uint64_t all = (size + 8 + 15) / 16 * 16;
    return all < 32 ? 32 : all;
}

static const char *cure_for_array(enum allocation_use use)
{
    switch (use) {
    case USE_TREE:
        return "a sorted std::vector holds them side by side, a "
               "std::pmr::monotonic_buffer_resource "
               "keeps the nodes together";
    case USE_HASH:
        return "reserve() and a std::pmr::monotonic_buffer_resource, or a flat table, keep them "
               "together";
    case USE_LIST:
        return "a std::vector or std::deque holds them side by side";
    default:
        return "a std::vector or std::deque of the objects themselves, an array in C, holds them "
               "side by "
               "side";
    }
}

/* Maps are made of nodes, and usually rightly so: only very many are worth a mention. */
static bool advise_array(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_BLOCKS = 10000, LEAST_NODES = 100000, LARGEST_BYTES = 256, LEAST_SHARE = 20 };
    uint64_t size = line->block_bytes;
    uint64_t held_bytes = line->peak_bytes > line->live_bytes ? line->peak_bytes : line->live_bytes;
    uint64_t least = line->use == USE_TREE || line->use == USE_HASH ? LEAST_NODES : LEAST_BLOCKS;
    if (!is_single_object(line->use) || line->use == USE_SHARED || !size || size > LARGEST_BYTES ||
        held_bytes / size < least ||
        held_bytes < adviser->input->totals->peak_bytes / LEAST_SHARE || is_mostly_leaked(line))
        return false;
    uint64_t blocks = held_bytes / size;
    const char *cost = "";
    if (adviser->input->is_glibc)
        cost = arena_printf(adviser->arena, "malloc adds %" PRIu64 " bytes to them, and ",
                            blocks * (taken_bytes(size) - size));
    tell(adviser, line, KIND_ARRAY, held_bytes,
         arena_printf(adviser->arena,
                      "%" PRIu64 " %s of %" PRIu64
                      " bytes were held at once, each a block of its own: %sthey lie apart; %s",
                      blocks, things[line->use], size, cost, cure_for_array(line->use)));
    return true;
}

/* --- real-time threads --- */

static const char *policy_name(int policy)
{
    enum { FIFO = 1, ROUND_ROBIN = 2 }; /* Linux's numbers, whatever machine reads them */
    return policy == FIFO ? ", SCHED_FIFO" : policy == ROUND_ROBIN ? ", SCHED_RR" : "";
}

/* A few allocations while a thread gets ready do no harm. */
static void advise_real_time(struct adviser *adviser, const struct busy_line *line)
{
    enum { LEAST_TIMES = 10 };
    const struct recording_thread *thread = line->real_time;
    if (line->real_time_allocations < LEAST_TIMES)
        return;
    const char *name =
        text_utf8(adviser->arena, thread->name, strnlen(thread->name, sizeof thread->name));
    tell(adviser, line, KIND_REAL_TIME, line->real_time_allocations,
         arena_printf(
             adviser->arena,
             "%" PRIu64 " allocations, %" PRIu64
             " bytes, on the real-time thread %s%s%s: malloc and free may wait for a lock or for "
             "the kernel; allocate before the loop begins, and use it again",
             line->real_time_allocations, line->real_time_bytes, name, policy_name(thread->policy),
             line->has_more_real_time ? ", and on others" : ""));
}

/* --- all --- */

static void advise(struct adviser *adviser, const struct busy_line *line)
{
    advise_real_time(adviser, line);
    if (line->is_foreign || line->use == USE_OTHER || line->allocations == 0)
        return;
    if (line->is_realloc && line->use == USE_PLAIN)
        advise_growth_steps(adviser, line);
    else if (!advise_preallocation(adviser, line) && !advise_reuse(adviser, line) &&
             !advise_pool(adviser, line))
        advise_array(adviser, line);
}

static int compare_told(const void *left, const void *right)
{
    const struct told *one = left, *other = right;
    if (one->kind != other->kind)
        return (int)one->kind - (int)other->kind;
    if (one->weight != other->weight)
        return one->weight > other->weight ? -1 : 1;
    return one->line < other->line ? -1 : one->line > other->line;
}

static bool is_same_line(const struct told *one, const struct told *other)
{
    const struct frame *frame = one->line->frame, *other_frame = other->line->frame;
    return one->kind == other->kind && frame->line == other_frame->line &&
           strcmp(frame->file, other_frame->file) == 0;
}

/* Chooses the heaviest of each kind; two uses on one line are mentioned once. */
static const struct advice *choose(struct adviser *adviser, size_t *count)
{
    struct advice *all = arena_array(adviser->arena, adviser->count, sizeof *all);
    size_t of_kind = 0;
    *count = 0;
    if (adviser->count)
        qsort(adviser->told, adviser->count, sizeof *adviser->told, compare_told);
    for (size_t i = 0; i < adviser->count; i++) {
        const struct told *told = &adviser->told[i];
        bool is_repeated = false;
        if (i == 0 || told->kind != told[-1].kind)
            of_kind = 0;
        for (size_t k = 0; k < i; k++)
            is_repeated |= is_same_line(told, &adviser->told[k]);
        if (is_repeated || of_kind++ >= MOST_OF_A_KIND)
            continue;
        all[(*count)++] =
            (struct advice){kind_names[told->kind], told->text,
                            stacks_get(adviser->input->lines.stacks, told->line->stack)};
    }
    return all;
}

const struct advice *native_advice_find(struct arena *arena,
                                        const struct native_advice_input *input, size_t *count)
{
    struct arena *scratch = arena_child(arena);
    struct adviser adviser = {.arena = arena, .scratch = scratch, .input = input};
    size_t line_count;
    const struct busy_line *lines = busy_lines_find(scratch, &input->lines, &line_count);
    adviser.types = site_types_new(scratch, input->lines.stacks, input->lines.recording);
    for (size_t i = 0; i < line_count; i++)
        advise(&adviser, &lines[i]);
    const struct advice *found = choose(&adviser, count);
    arena_free(scratch);
    return found;
}
