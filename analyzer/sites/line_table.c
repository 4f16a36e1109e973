/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/line_table.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/fingerprint.h"
#include "analyzer/symbols/frame_kind.h"

struct line_table *line_table_new(void)
{
    return calloc(1, sizeof(struct line_table));
}

void line_table_free(struct line_table *table)
{
    if (!table)
        return;
    free(table->lines);
    free(table->slots);
    free(table);
}

static int compare_names(const char *one, const char *other)
{
    return one == other ? 0 : strcmp(one ? one : "", other ? other : "");
}

bool line_table_is_same_function(const struct function_line *one, const struct function_line *other)
{
    return compare_names(one->function, other->function) == 0 &&
           compare_names(one->file, other->file) == 0;
}

static bool is_line_of(const struct function_line *line, const struct frame *frame)
{
    return line->line == frame->line && compare_names(line->function, frame->function) == 0 &&
           compare_names(line->file, frame->file) == 0;
}

static uint64_t hash_frame(const struct frame *frame)
{
    uint64_t hash = fingerprint_text(FINGERPRINT_START, frame->file);
    hash = fingerprint_text(hash, frame->function ? frame->function : "");
    hash = fingerprint_number(hash, frame->line);
    return hash ^ hash >> 32;
}

static uint64_t hash_line(const struct function_line *line)
{
    struct frame frame = {.file = line->file, .function = line->function, .line = line->line};
    return hash_frame(&frame);
}

static bool make_slots(struct line_table *table)
{
    if (table->count * 2 < table->slot_count)
        return true;
    size_t slot_count = table->slot_count ? table->slot_count * 2 : 1024;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < table->count; i++) {
        size_t slot = hash_line(&table->lines[i]) & (slot_count - 1);
        while (slots[slot])
            slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    return true;
}

static bool make_lines(struct line_table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity ? table->capacity * 2 : 256;
    struct function_line *lines = realloc(table->lines, capacity * sizeof *lines);
    if (!lines)
        return false;
    table->lines = lines;
    table->capacity = capacity;
    return true;
}

static struct function_line *find_or_add(struct line_table *table, const struct frame *frame)
{
    if (!make_slots(table) || !make_lines(table))
        return NULL;
    size_t slot = hash_frame(frame) & (table->slot_count - 1);
    for (; table->slots[slot]; slot = (slot + 1) & (table->slot_count - 1))
        if (is_line_of(&table->lines[table->slots[slot] - 1], frame))
            return &table->lines[table->slots[slot] - 1];
    struct function_line *line = &table->lines[table->count++];
    *line = (struct function_line){.file = frame->file,
                                   .function = frame->function,
                                   .line = frame->line,
                                   .is_system = frame_is_system_source(frame)};
    table->slots[slot] = (uint32_t)table->count;
    return line;
}

static bool add_site(struct line_table *table, const struct site *site)
{
    bool found_own = false;
    table->sites++;
    for (size_t i = 0; i < site->stack.frame_count; i++) {
        const struct frame *frame = &site->stack.frames[i];
        if (!frame->file || frame->line == 0)
            continue;
        struct function_line *line = find_or_add(table, frame);
        if (!line)
            return false;
        if (line->last_site != table->sites)
            figures_add(&line->figures, &site->figures);
        line->last_site = table->sites;
        if (!found_own && !line->is_system) {
            line->own_bytes += site->figures.allocated_bytes;
            found_own = true;
        }
    }
    return true;
}

bool line_table_add(struct line_table *table, const struct site *sites, size_t site_count)
{
    for (size_t i = 0; i < site_count; i++)
        if (!add_site(table, &sites[i]))
            return false;
    return true;
}

static int compare_lines(const void *left, const void *right)
{
    const struct function_line *one = left, *other = right;
    int order = compare_names(one->file, other->file);
    if (order == 0)
        order = compare_names(one->function, other->function);
    return order ? order : (one->line > other->line) - (one->line < other->line);
}

void line_table_sort(struct line_table *table)
{
    if (table->count)
        qsort(table->lines, table->count, sizeof *table->lines, compare_lines);
}
