/* SPDX-License-Identifier: MIT */
#include "analyzer/advice/busy_lines.h"

#include <string.h>

#include "analyzer/cxx/type_names.h"
#include "analyzer/symbols/frame_kind.h"
#include "analyzer/recording/site_counts.h"

enum {
    LEAST_ALLOCATIONS = 1000,
    LEAST_BYTES = 1 << 20,
    MOST_SITES = 2000,
    INNER_NODES = 64, /* the search for the line goes no further */
};

/* What the real-time threads did at a site. */
struct real_time {
    uint64_t allocations, bytes;
    const struct recording_thread *thread;
    bool has_more;
};

struct collector {
    struct arena *arena, *scratch;
    const struct busy_lines_input *input;
    struct real_time *real_time; /* by site */
    size_t *line_of;             /* by site: index in `lines` + 1 */
    struct busy_line *lines;
    size_t count, capacity;
};

/* --- real-time threads --- */

static const struct recording_thread *thread_of(const struct recording *recording, uint64_t slot)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_THREADS];
    const struct recording_piece *piece = recording_piece_of(records, slot);
    const struct recording_thread *threads = piece ? piece->records : NULL;
    return threads ? &threads[slot - piece->first] : NULL;
}

static void add_real_time(struct collector *collector, const struct recording_piece *piece,
                          const struct recording_thread *thread)
{
    const struct recording_site_counters *counters = piece->records;
    for (uint64_t i = 0; i < piece->count && piece->first + i < collector->input->site_end; i++) {
        struct real_time *site = &collector->real_time[piece->first + i];
        site->allocations += counters[i].allocations;
        site->bytes += counters[i].allocated_bytes;
        if (!counters[i].allocations)
            continue;
        site->has_more |= site->thread && site->thread != thread;
        site->thread = thread;
    }
}

static void sum_real_time(struct collector *collector)
{
    const struct recording *recording = collector->input->recording;
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_COUNTERS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_thread *thread = thread_of(recording, records->pieces[i].slot);
        if (thread && (thread->flags & RECORDING_THREAD_REAL_TIME))
            add_real_time(collector, &records->pieces[i], thread);
    }
}

/* --- which sites --- */

static bool is_busy(const struct collector *collector, uint64_t id, unsigned shift)
{
    const struct raw_site *site = &collector->input->figures[id];
    return site->allocations >= (uint64_t)LEAST_ALLOCATIONS << shift ||
           site->allocated_bytes >= (uint64_t)LEAST_BYTES << shift ||
           (shift == 0 && collector->real_time[id].allocations > 0);
}

static size_t count_busy(const struct collector *collector, unsigned shift)
{
    size_t count = 0;
    for (uint64_t id = 1; id < collector->input->site_end; id++)
        count += is_busy(collector, id, shift);
    return count;
}

/* Raises the thresholds until few enough are left. */
static unsigned choose_shift(const struct collector *collector)
{
    unsigned shift = 0;
    while (shift < 32 && count_busy(collector, shift) > MOST_SITES)
        shift++;
    return shift;
}

/* --- the line --- */

/* What is known about a stack on the way outward. */
struct walk {
    struct allocation_use_teller teller;
    const struct frame *line;         /* NULL: not found yet */
    const char *modules[INNER_NODES]; /* modules on the way, except the standard library's */
    size_t module_count;
    bool is_over;
};

static void walk_frame(struct walk *walk, const struct frame *frame)
{
    if (frame->language == FRAME_PYTHON) {
        walk->is_over = true;
        return;
    }
    if (frame_is_operator(frame->function))
        return;
    if (!frame_is_machinery(frame) && frame_has_own_source(frame) && frame->line) {
        walk->line = frame;
        walk->is_over = true;
    } else if (type_names_is_library(frame->function)) {
        allocation_use_hear(&walk->teller, frame->function);
    } else if (walk->module_count < INNER_NODES) {
        walk->modules[walk->module_count++] = frame->module ? frame->module : "";
    }
}

/* A library's headers compiled into the user's code count as the user's. */
static bool is_foreign(const struct walk *walk)
{
    for (size_t i = 0; i < walk->module_count; i++)
        if (!walk->line->module || strcmp(walk->modules[i], walk->line->module) != 0)
            return true;
    return false;
}

static void walk_frames(struct walk *walk, const struct symbol_frames *frames)
{
    for (size_t i = 0; i < frames->count && !walk->is_over; i++)
        walk_frame(walk, &frames->frames[i]);
}

/* False when no line of the user's is near. */
static bool walk_stack(const struct collector *collector, uint32_t stack, struct walk *walk)
{
    const struct busy_lines_input *input = collector->input;
    const struct symbol_frames *frames;
    uint32_t called = 0;
    *walk = (struct walk){.line = NULL};
    for (int i = 0; stack && i < INNER_NODES && !walk->is_over; i++) {
        const struct recording_stack_node *node = recording_stack_node(input->recording, stack);
        bool in_shim = stacks_module_flags(input->stacks, stack) & RECORDING_MODULE_SHIM;
        for (size_t jump = 0;
             !in_shim && (frames = stacks_jumped(input->stacks, stack, called, jump)); jump++)
            walk_frames(walk, frames);
        if (!in_shim)
            walk_frames(walk, stacks_frames(input->stacks, stack));
        called = in_shim ? 0 : stack;
        stack = node ? node->parent : 0;
    }
    return walk->line != NULL;
}

/* --- sums --- */

static size_t find_or_add(struct collector *collector, const struct walk *walk)
{
    bool foreign = is_foreign(walk);
    for (size_t i = 0; i < collector->count; i++) {
        const struct busy_line *line = &collector->lines[i];
        if (line->frame->line == walk->line->line && line->use == walk->teller.use &&
            line->is_foreign == foreign && strcmp(line->frame->file, walk->line->file) == 0)
            return i;
    }
    collector->lines = arena_grow(collector->arena, collector->lines, collector->count,
                                  &collector->capacity, sizeof *collector->lines);
    collector->lines[collector->count] =
        (struct busy_line){.frame = walk->line, .use = walk->teller.use, .is_foreign = foreign};
    return collector->count++;
}

/* The size of every block of a site, as far as its sums tell; 0: they differ. */
static uint64_t block_bytes(const struct raw_site *site)
{
    uint64_t size = site->allocations ? site->allocated_bytes / site->allocations : 0;
    bool is_even = size * site->allocations == site->allocated_bytes &&
                   size * site->frees == site->freed_bytes;
    return is_even ? size : 0;
}

static void add_real_time_of_site(struct busy_line *line, const struct real_time *site)
{
    if (!site->allocations)
        return;
    line->real_time_allocations += site->allocations;
    line->real_time_bytes += site->bytes;
    line->has_more_real_time |=
        site->has_more || (line->real_time && line->real_time != site->thread);
    line->real_time = site->thread;
}

static void add_site(struct collector *collector, uint64_t id, const struct recording_site *record,
                     size_t index)
{
    const struct raw_site *site = &collector->input->figures[id];
    struct busy_line *line = &collector->lines[index];
    uint64_t size = block_bytes(site);
    collector->line_of[id] = index + 1;
    line->is_realloc |= (record->flags & RECORDING_SITE_REALLOC) != 0;
    line->block_bytes = line->allocations == 0 || line->block_bytes == size ? size : 0;
    line->allocations += site->allocations;
    line->allocated_bytes += site->allocated_bytes;
    line->frees += site->frees;
    line->freed_bytes += site->freed_bytes;
    line->temporary += site->temporary;
    line->peak_bytes += site->peak_bytes > 0 ? (uint64_t)site->peak_bytes : 0;
    add_real_time_of_site(line, &collector->real_time[id]);
    if (!line->stack || line->stack_allocations < site->allocations) {
        line->stack = record->stack;
        line->stack_allocations = site->allocations;
    }
}

static void add_sites(struct collector *collector)
{
    const struct busy_lines_input *input = collector->input;
    unsigned shift = choose_shift(collector);
    struct walk walk;
    for (uint64_t id = 1; id < input->site_end; id++) {
        const struct recording_site *site = recording_site(input->recording, id);
        if (site && is_busy(collector, id, shift) && walk_stack(collector, site->stack, &walk))
            add_site(collector, id, site, find_or_add(collector, &walk));
    }
}

/* Adds what only the individual counters tell. */
static void add_counters(struct busy_line *line, const struct recording_site_counters *counters)
{
    line->own_frees +=
        counters->frees < counters->allocations ? counters->frees : counters->allocations;
    site_counts_add_lifetimes(line->lifetimes, counters);
}

static void add_all_carries(struct collector *collector)
{
    const struct recording_records *records =
        &collector->input->recording->records[RECORDING_CHUNK_CARRIES];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_carry *carries = records->pieces[i].records;
        for (uint64_t k = 0; k < records->pieces[i].count; k++) {
            uint32_t site = carries[k].site;
            size_t index = site < collector->input->site_end ? collector->line_of[site] : 0;
            if (index)
                site_counts_add_carry(collector->lines[index - 1].lifetimes, &carries[k]);
        }
    }
}

static void add_all_counters(struct collector *collector)
{
    const struct recording *recording = collector->input->recording;
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_COUNTERS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_site_counters *counters = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->first + k < collector->input->site_end;
             k++) {
            size_t index = collector->line_of[piece->first + k];
            if (index)
                add_counters(&collector->lines[index - 1], &counters[k]);
        }
    }
    add_all_carries(collector);
}

/* Goes by the sites as shown: several ids can be one site, which counts once. */
static void add_what_is_left(struct collector *collector)
{
    const struct sites *sites = collector->input->sites;
    bool *is_added = arena_array(collector->scratch, sites->all_count, sizeof *is_added);
    for (uint64_t id = 1; id < collector->input->site_end; id++) {
        size_t index = collector->line_of[id];
        const struct site *site = sites_get(sites, id);
        if (!index || is_added[site - sites->all])
            continue;
        is_added[site - sites->all] = true;
        collector->lines[index - 1].live_bytes += site->figures.live_bytes;
        collector->lines[index - 1].leaked_bytes += site->figures.leaked_bytes;
    }
}

const struct busy_line *busy_lines_find(struct arena *arena, const struct busy_lines_input *input,
                                        size_t *count)
{
    struct arena *scratch = arena_child(arena);
    struct collector collector = {.arena = arena, .scratch = scratch, .input = input};
    collector.real_time = arena_array(scratch, input->site_end, sizeof *collector.real_time);
    collector.line_of = arena_array(scratch, input->site_end, sizeof *collector.line_of);
    sum_real_time(&collector);
    add_sites(&collector);
    add_all_counters(&collector);
    add_what_is_left(&collector);
    *count = collector.count;
    arena_free(scratch);
    return collector.lines;
}
