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
    if (one->figures.allocated_bytes != other->figures.allocated_bytes)
        return one->figures.allocated_bytes > other->figures.allocated_bytes ? -1 : 1;
    return compare_places(left, right);
}

/* Merges equal neighbours; returns how many lines are left. */
static size_t merge_equal(struct line *lines, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && compare_places(&lines[kept - 1], &lines[i]) == 0)
            figures_add(&lines[kept - 1].figures, &lines[i].figures);
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
        lines[count++] = (struct line){.file = frame->file,
                                       .function = frame->function,
                                       .line = frame->line,
                                       .figures = sites[i].figures};
    }
    qsort(lines, count, sizeof *lines, compare_places);
    *line_count = merge_equal(lines, count);
    qsort(lines, *line_count, sizeof *lines, compare_costs);
    return lines;
}
