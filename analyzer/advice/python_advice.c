/* SPDX-License-Identifier: MIT */
#include "analyzer/advice/python_advice.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/advice/python_growth.h"
#include "analyzer/symbols/frame_kind.h"

struct list {
    struct arena *arena;
    const struct python_advice_input *input;
    struct advice *all;
    size_t count, capacity;
};

/* Several sites may lie on one line. */
static bool is_told(const struct list *list, const char *kind, const struct stack *stack)
{
    for (size_t i = 0; stack && stack->frame_count && i < list->count; i++) {
        const struct stack *other = &list->all[i].stack;
        if (strcmp(list->all[i].kind, kind) == 0 && other->frame_count &&
            other->frames[0].line == stack->frames[0].line && other->frames[0].file &&
            stack->frames[0].file && strcmp(other->frames[0].file, stack->frames[0].file) == 0)
            return true;
    }
    return false;
}

/* A package that was installed for Python, other than the one of the script that runs: colcon
   installs a node as lib/PACKAGE/NODE and its modules into site-packages/PACKAGE. */
static bool is_others_package(const struct list *list, const char *file)
{
    const char *packages = strstr(file, "-packages/"), *script = list->input->script;
    const char *name = script ? strrchr(script, '/') : NULL;
    if (!packages)
        return false;
    while (name && name > script && name[-1] != '/')
        name--;
    if (!name || name - script < 5 || memcmp(name - 5, "/lib/", 5) != 0)
        return true;
    size_t length = (size_t)(strrchr(script, '/') + 1 - name); /* with the slash behind it */
    return strncmp(packages + strlen("-packages/"), name, length) != 0;
}

/* From the innermost frame on that its user can change; empty when there is none. What is made by
   an import is its module's. */
static struct stack users_part(const struct list *list, const struct stack *stack)
{
    for (size_t i = 0; stack && i < stack->frame_count; i++) {
        const struct frame *frame = &stack->frames[i];
        if (frame->file && strncmp(frame->file, "<frozen importlib", 17) == 0)
            break;
        if (frame->language == FRAME_PYTHON && frame_has_own_source(frame) &&
            !is_others_package(list, frame->file))
            return (struct stack){&stack->frames[i], stack->frame_count - i, stack->cut};
    }
    return (struct stack){0};
}

/* Nothing is advised about code of others; a stack that is NULL is none. */
static void add(struct list *list, const char *kind, const char *text, const struct stack *stack)
{
    struct stack own = users_part(list, stack);
    if ((stack && !own.frame_count) || is_told(list, kind, &own))
        return;
    list->all = arena_grow(list->arena, list->all, list->count, &list->capacity, sizeof *list->all);
    list->all[list->count++] = (struct advice){kind, text, own};
}

/* --- garbage --- */

static const struct stack *maker(const struct cycle *cycle)
{
    return cycle->members[cycle->edges[cycle->weaken].from].site
               ? &cycle->members[cycle->edges[cycle->weaken].from].site->stack
               : NULL;
}

static void advise_collector(struct list *list)
{
    enum { LEAST_OBJECTS = 700 }; /* the collector itself would not have run for fewer */
    const struct python *python = list->input->python;
    if (python->gc_enabled || python->garbage_objects < LEAST_OBJECTS || !python->cycle_count)
        return;
    add(list, "gc-disabled",
        arena_printf(
            list->arena,
            "the collector is off, and %" PRIu64 " objects in %" PRIu64
            " cycles wait for it (%" PRIu64 " bytes with what they hold): call gc.collect() at "
            "quiet moments, or make the cycles' references weak",
            python->garbage_objects, python->garbage_cycles, python->garbage_retained_bytes),
        users_part(list, maker(&python->cycles[0])).frame_count ? maker(&python->cycles[0]) : NULL);
}

static void advise_weak_references(struct list *list)
{
    enum { LEAST_CYCLES = 10, MOST = 5 };
    const struct python *python = list->input->python;
    for (size_t i = 0, told = 0; i < python->cycle_count && told < MOST; i++) {
        const struct cycle *cycle = &python->cycles[i];
        const struct cycle_edge *edge = cycle->edge_count ? &cycle->edges[cycle->weaken] : NULL;
        if (cycle->count < LEAST_CYCLES || !edge || !edge->label)
            continue;
        const char *owner = cycle->members[edge->from].type,
                   *target = cycle->members[edge->to].type;
        add(list, "weakref",
            arena_printf(list->arena,
                         "%" PRIu64 " times the same cycle: make %s%s%s, which leads back to %s, a "
                         "weakref.ref, and they go without the collector",
                         cycle->count, owner ? owner : "an object",
                         edge->label[0] == '[' ? "" : ".", edge->label, target ? target : "it"),
            maker(cycle));
        told++;
    }
}

/* --- containers --- */

static const char *type_of(const struct list *list, uint32_t object)
{
    const struct python_heap *heap = list->input->both->heap;
    const char *name = heap->type_names[heap->types[object]];
    return name ? name : "";
}

static const struct stack *birth(const struct list *list, uint32_t object)
{
    const struct python_graph *both = list->input->both;
    return &sites_get(list->input->sites, python_graph_site(both, both->node_of[object]))->stack;
}

/* Numbers that only this list holds: each is a separate object. */
static void advise_array(struct list *list, uint32_t object)
{
    enum { LEAST_ITEMS = 10000, ARRAY_ITEM_BYTES = 8 };
    const struct python_heap *heap = list->input->both->heap;
    uint32_t first = heap->edge_starts[object], end = heap->edge_starts[object + 1];
    uint64_t bytes = 0, alike = 0;
    if (end - first < LEAST_ITEMS || strcmp(type_of(list, object), "list") != 0)
        return;
    uint32_t kind = heap->types[heap->targets[first]];
    const char *name = heap->type_names[kind];
    if (!name || (strcmp(name, "float") != 0 && strcmp(name, "int") != 0))
        return;
    for (uint32_t edge = first; edge < end; edge++) {
        uint32_t item = heap->targets[edge];
        bool is_one = heap->types[item] == kind && heap->references[item] == 1;
        alike += is_one;
        bytes += is_one ? heap->sizes[item] : 0;
    }
    const struct stack *made = birth(list, object);
    if (alike < (uint64_t)(end - first) / 10 * 9 || users_part(list, made).frames != made->frames)
        return;
    uint64_t more = bytes + alike * ARRAY_ITEM_BYTES;
    add(list, "array",
        arena_printf(list->arena,
                     "a list of %u numbers (%s) takes %" PRIu64
                     " bytes: array.array or numpy takes %" PRIu64
                     ", a generator none when they are needed once",
                     end - first, name, more, alike * ARRAY_ITEM_BYTES),
        made);
}

/* Named after whoever holds it. */
static void advise_growth(struct list *list, uint32_t object)
{
    const struct python_heap *heap = list->input->both->heap;
    const char *name = python_growth_is_steady(list->input->both, object)
                           ? python_growth_name(list->arena, heap, object)
                           : NULL;
    uint32_t end = heap->edge_starts[object + 1];
    const struct stack *made = birth(list, object);
    if (!name)
        return;
    if (!users_part(list, made).frame_count)
        made = birth(list, heap->targets[end - 1]);
    add(list, "grows",
        arena_printf(list->arena,
                     "%s, a %s, only grew, up to the end: it holds %u references now; bound it, "
                     "or let old entries go",
                     name, type_of(list, object), end - heap->edge_starts[object]),
        made);
}

static void advise_objects(struct list *list)
{
    const struct python_heap *heap = list->input->both->heap;
    for (uint32_t object = 0; object < heap->object_count; object++) {
        advise_array(list, object);
        advise_growth(list, object);
    }
}

/* --- lines --- */

/* Reads the source line; false when the file is not there. */
static bool read_line(const struct frame *frame, char *text, size_t capacity)
{
    FILE *file = frame->file && frame->line ? fopen(frame->file, "re") : NULL;
    if (!file)
        return false;
    bool found = false;
    for (unsigned line = 1; line <= frame->line && fgets(text, (int)capacity, file); line++)
        found = line == frame->line;
    fclose(file);
    return found;
}

/* x += y copies x every time, which hurts when x is large. */
static void advise_string(struct list *list, const struct site *site, const char *source)
{
    enum { LEAST_TIMES = 1000, LEAST_AVERAGE_BYTES = 1024, LEAST_BYTES = 16 << 20 };
    uint64_t average =
        site->figures.allocated_bytes / (site->figures.allocations ? site->figures.allocations : 1);
    if (!strstr(source, "+=") || site->figures.allocations < LEAST_TIMES ||
        average < LEAST_AVERAGE_BYTES || site->figures.allocated_bytes < LEAST_BYTES)
        return;
    add(list, "string",
        arena_printf(
            list->arena,
            "+= made something longer %" PRIu64 " times, %" PRIu64 " bytes in all for %" PRIu64
            " each time: collect the parts in a list and join them, or write to io.StringIO",
            site->figures.allocations, site->figures.allocated_bytes, average),
        &site->stack);
}

/* "Particle" in "p = Particle(x)" when there is such a class; NULL otherwise. */
static const char *called_class(const struct list *list, const char *source)
{
    const struct python_heap *heap = list->input->both->heap;
    for (const char *open = strchr(source, '('); open; open = strchr(open + 1, '(')) {
        const char *name = open;
        while (name > source && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
            name--;
        for (uint32_t type = 1; name < open && type <= heap->type_count; type++) {
            const char *known = heap->type_names[type], *dot = known ? strrchr(known, '.') : NULL;
            size_t length = (size_t)(open - name);
            if (dot && strlen(dot + 1) == length && strncmp(dot + 1, name, length) == 0)
                return known;
        }
    }
    return NULL;
}

static void advise_churn(struct list *list, const struct site *site, const char *source)
{
    enum { LEAST_TIMES = 100000, LARGEST_BYTES = 256, DROPPED_SOON = 100 };
    const char *class =
        site->figures.allocations >= LEAST_TIMES ? called_class(list, source) : NULL;
    if (!class || site->figures.peak_bytes > site->figures.allocated_bytes / DROPPED_SOON ||
        site->figures.allocated_bytes / site->figures.allocations > LARGEST_BYTES)
        return;
    add(list, "churn",
        arena_printf(list->arena,
                     "%" PRIu64
                     " allocations to make objects of %s and drop them again: use them again "
                     "(a pool), give the class __slots__, or use plain tuples",
                     site->figures.allocations, class),
        &site->stack);
}

static void advise_lines(struct list *list)
{
    char source[1024];
    for (size_t i = 0; i < list->input->sites->count; i++) {
        const struct site *site = &list->input->sites->all[i];
        const struct frame *frame = site->stack.frame_count ? &site->stack.frames[0] : NULL;
        bool is_busy = frame && site->figures.allocations >= 1000 &&
                       users_part(list, &site->stack).frames == frame;
        if (!is_busy || !read_line(frame, source, sizeof source))
            continue;
        advise_string(list, site, source);
        advise_churn(list, site, source);
    }
}

const struct advice *python_advice_find(struct arena *arena,
                                        const struct python_advice_input *input, size_t *count)
{
    struct list list = {.arena = arena, .input = input};
    advise_collector(&list);
    advise_weak_references(&list);
    advise_objects(&list);
    advise_lines(&list);
    *count = list.count;
    return list.all;
}
