/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/drawing_matches.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"

/* "Tile" matches "nav::Tile", and "update" Python's "Tracker.update". */
static bool is_name(const char *whole, const char *pattern)
{
    size_t length = strlen(whole), end = strlen(pattern);
    return length >= end && strcmp(whole + length - end, pattern) == 0 &&
           (length == end || whole[length - end - 1] == ':' || whole[length - end - 1] == '.');
}

static bool names_place(const struct site *site, const char *pattern)
{
    for (size_t i = 0; i < site->stack.frame_count; i++) {
        const struct frame *frame = &site->stack.frames[i];
        if (frame->function && is_name(frame->function, pattern))
            return true;
        const char *colon = strrchr(pattern, ':');
        if (frame->file && colon && strtoul(colon + 1, NULL, 10) == frame->line &&
            strncmp(text_base_name(frame->file), pattern, (size_t)(colon - pattern)) == 0 &&
            strlen(text_base_name(frame->file)) == (size_t)(colon - pattern))
            return true;
    }
    return strcmp(site->fingerprint, pattern) == 0;
}

/* "node" matches "struct node" too. */
static bool names_type(const struct drawing *drawing, uint32_t node)
{
    const char *type = node_names_type(drawing->input->names, node),
               *pattern = drawing->query->pattern;
    return type && (is_name(type, pattern) ||
                    (strncmp(type, "struct ", 7) == 0 && strcmp(type + 7, pattern) == 0));
}

static bool names_maker(const struct drawing *drawing, uint32_t node)
{
    const struct drawing_input *input = drawing->input;
    return names_place(sites_get(input->sites, input->graph->sites[node]), drawing->query->pattern);
}

typedef bool node_test(const struct drawing *drawing, uint32_t node);

/* Tests every kind once: 0 not yet, 1 no, 2 yes. */
static bool is_match(struct drawing *drawing, node_test *is_named, uint8_t *of_kind, uint32_t node)
{
    uint8_t *known = &of_kind[node_names_kind(drawing->input->names, node)];
    if (*known == 0)
        *known = is_named(drawing, node) ? 2 : 1;
    return *known == 2;
}

static void start_at_address(struct drawing *drawing, struct object_graph *objects,
                             uint64_t address)
{
    const struct graph *graph = drawing->input->graph;
    uint32_t low = 0, high = graph->node_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->addresses[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || (address - graph->addresses[low - 1] >= graph->sizes[low - 1] &&
                     address != graph->addresses[low - 1]))
        return;
    objects->matches = 1;
    drawing_show_start(drawing, low - 1, 0);
}

static void start_at_matches(struct drawing *drawing, struct object_graph *objects,
                             node_test *is_named)
{
    struct drawing_best best = drawing_best(drawing);
    uint8_t *of_kind = arena_array(drawing->scratch, node_names_kind_count(drawing->input->names),
                                   sizeof *of_kind);
    for (uint32_t node = 0; node < drawing->input->graph->node_count; node++) {
        if (drawing_is_freed(drawing, node) || !is_match(drawing, is_named, of_kind, node))
            continue;
        objects->matches++;
        drawing_add_best(&best, node);
    }
    for (uint64_t i = 0; i < best.count; i++)
        drawing_show_start(drawing, best.nodes[i], 0);
}

/* Without a pattern: what only roots hold. */
static void start_at_biggest(struct drawing *drawing, struct object_graph *objects)
{
    struct drawing_best best = drawing_best(drawing);
    for (uint32_t node = 0; node < drawing->input->graph->node_count; node++)
        if (!drawing_is_freed(drawing, node) &&
            drawing->input->tree->parents[node] == DOMINATOR_ROOTS)
            drawing_add_best(&best, node);
    objects->matches = best.count;
    for (uint64_t i = 0; i < best.count; i++)
        drawing_show_start(drawing, best.nodes[i], 0);
}

void drawing_matches_show(struct drawing *drawing, struct object_graph *objects)
{
    const char *pattern = drawing->query->pattern;
    char *end = NULL;
    if (!pattern) {
        start_at_biggest(drawing, objects);
        return;
    }
    uint64_t address = strncmp(pattern, "0x", 2) == 0 ? strtoull(pattern, &end, 16) : 0;
    if (end && !*end && end != pattern)
        start_at_address(drawing, objects, address);
    else
        start_at_matches(drawing, objects, names_type);
    if (!objects->matches) /* a function of a Python class's name makes its objects */
        start_at_matches(drawing, objects, names_maker);
}
