/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/lines.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols/frame_kind.h"

/* The innermost line that somebody can change; NULL when the whole stack is the system's. */
static const struct frame *frame_that_counts(const struct stack *stack)
{
    for (size_t i = 0; i < stack->frame_count; i++)
        if (frame_has_own_source(&stack->frames[i]))
            return &stack->frames[i];
    return NULL;
}

static int compare_names(const char *one, const char *other)
{
    return one == other ? 0 : strcmp(one ? one : "", other ? other : "");
}

static int compare_places(const void *left, const void *right)
{
    const struct line *one = left, *other = right;
    int order = compare_names(one->file, other->file);
    if (order == 0 && one->line != other->line)
        order = one->line < other->line ? -1 : 1;
    return order ? order : compare_names(one->function, other->function);
}

static int compare_costs(const void *left, const void *right)
{
    const struct line *one = left, *other = right;
    if (one->allocated_bytes != other->allocated_bytes)
        return one->allocated_bytes > other->allocated_bytes ? -1 : 1;
    return compare_places(left, right);
}

static void add_site(struct line *line, const struct site *site)
{
    line->allocations += site->allocations;
    line->allocated_bytes += site->allocated_bytes;
    line->live_bytes += site->live_bytes;
    line->peak_bytes += site->peak_bytes;
    line->leaked_bytes += site->leaked_bytes;
    line->temporary_allocations += site->temporary_allocations;
}

static void add_line(struct line *line, const struct line *other)
{
    line->allocations += other->allocations;
    line->allocated_bytes += other->allocated_bytes;
    line->live_bytes += other->live_bytes;
    line->peak_bytes += other->peak_bytes;
    line->leaked_bytes += other->leaked_bytes;
    line->temporary_allocations += other->temporary_allocations;
}

/* Merges equal neighbours; returns how many lines are left. */
static size_t merge_equal(struct line *lines, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && compare_places(&lines[kept - 1], &lines[i]) == 0)
            add_line(&lines[kept - 1], &lines[i]);
        else
            lines[kept++] = lines[i];
    }
    return kept;
}

const struct line *lines_sum(struct arena *arena, const struct site *sites, size_t site_count,
                             size_t *line_count)
{
    struct line *lines = arena_array(arena, site_count, sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < site_count; i++) {
        const struct frame *frame = frame_that_counts(&sites[i].stack);
        if (!frame)
            continue;
        lines[count] =
            (struct line){.file = frame->file, .function = frame->function, .line = frame->line};
        add_site(&lines[count++], &sites[i]);
    }
    qsort(lines, count, sizeof *lines, compare_places);
    *line_count = merge_equal(lines, count);
    qsort(lines, *line_count, sizeof *lines, compare_costs);
    return lines;
}
