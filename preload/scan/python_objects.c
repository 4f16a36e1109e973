/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_objects.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/scan/python_edges.h"
#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/scan/python_types.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_index.h"
#include "preload/scan/scan_maps.h"

struct python_object *python_objects;
size_t python_object_count;
uint64_t python_objects_broken;
uint64_t python_objects_unlisted;

/* Objects in the order they were found, and a hash table of their indices + 1. Both grow by
 * doubling. */
enum { FIRST_CAPACITY = 1 << 16 };
static size_t capacity;
static uint32_t *places;
static size_t place_mask;
static bool is_out_of_memory;

static size_t place_of(uintptr_t address)
{
    size_t place = (address * 0x9e3779b97f4a7c15ull >> 20) & place_mask;
    while (places[place] && python_objects[places[place] - 1].address != address)
        place = (place + 1) & place_mask;
    return place;
}

static void fill_places(void)
{
    memset(places, 0, (place_mask + 1) * sizeof *places);
    for (size_t i = 0; i < python_object_count; i++)
        places[place_of(python_objects[i].address)] = (uint32_t)i + 1;
}

static bool grow(void)
{
    size_t wanted = capacity ? capacity * 2 : FIRST_CAPACITY;
    struct python_object *more = private_memory_map(wanted * sizeof *more);
    uint32_t *more_places = private_memory_map(wanted * 2 * sizeof *more_places);
    if (!more || !more_places || wanted > UINT32_MAX / 2)
        return false;
    if (capacity) {
        memcpy(more, python_objects, python_object_count * sizeof *more);
        private_memory_unmap(python_objects, capacity * sizeof *python_objects);
        private_memory_unmap(places, capacity * 2 * sizeof *places);
    }
    python_objects = more;
    places = more_places;
    capacity = wanted;
    place_mask = wanted * 2 - 1;
    fill_places();
    return true;
}

static void add(uintptr_t address, uint32_t flags)
{
    if (python_object_count == capacity && !grow()) {
        is_out_of_memory = true;
        return;
    }
    size_t place = place_of(address);
    if (places[place]) {
        python_objects[places[place] - 1].flags |= flags;
        return;
    }
    python_objects[python_object_count++] = (struct python_object){address, flags};
    places[place] = (uint32_t)python_object_count;
}

size_t python_objects_at(uintptr_t address)
{
    return (size_t)places[place_of(address)] - 1; /* SIZE_MAX for a free place */
}

/* --- the collector's lists --- */

struct list_walk {
    uintptr_t head, at;
    uint32_t flags;
};

static uintptr_t next_in_list(uintptr_t at)
{
    return python_word(at, 0) & ~PYTHON_MARKS;
}

/* So far every object came from one list: one that is known already closes a broken list. */
static void walk_list(void *context)
{
    struct list_walk *list = context;
    for (list->at = next_in_list(list->head); list->at != list->head;
         list->at = next_in_list(list->at)) {
        size_t count = python_object_count;
        add(list->at + PYTHON_GC_HEAD_BYTES, list->flags);
        if (python_object_count == count) {
            python_objects_broken += !is_out_of_memory;
            return;
        }
    }
}

struct generations {
    uintptr_t gc, lists;
};

static void find_generations(void *context)
{
    struct generations *generations = context;
    generations->lists = python_collector_generations(generations->gc);
}

static void add_collected(uintptr_t gc)
{
    struct generations generations = {.gc = gc};
    scan_guard_call(find_generations, &generations);
    python_objects_unlisted += !generations.lists;
    for (int i = 0; i < 4 && generations.lists; i++) {
        bool is_permanent = i == 3;
        struct list_walk list = {
            .head = is_permanent ? gc + python_layout.gc_permanent
                                 : generations.lists + i * PYTHON_GC_GENERATION_BYTES,
            .flags = is_permanent ? RECORDING_PYTHON_FROZEN : RECORDING_PYTHON_TRACKED,
        };
        if (!scan_guard_call(walk_list, &list))
            python_objects_broken++;
    }
}

/* --- what they lead to --- */

static void add_target(uintptr_t target, void *context)
{
    (void)context;
    if (python_types_of(target))
        add(target, 0);
}

static void follow(void *context)
{
    uintptr_t object = python_objects[*(const size_t *)context].address;
    const struct python_type *type = python_types_of(object);
    if (!type)
        return;
    add_target(type->address, NULL);
    if (type->traverse && python_edges_is_collected(object, type))
        python_edges_targets(object, type, add_target, NULL);
}

/* From the object with this index on; what is found is added behind. */
static void follow_all(size_t first)
{
    for (size_t i = first; i < python_object_count && !is_out_of_memory; i++)
        if (!scan_guard_call(follow, &i))
            python_objects_broken++;
}

/* --- blocks that are objects nobody leads to --- */

/* The collector's links of an object that is in none of its lists. */
static bool is_untracked(uintptr_t object)
{
    return python_word(object, (uintptr_t)-16) == 0 && python_word(object, (uintptr_t)-8) <= 3;
}

/* A str with all of its characters in ASCII has a shorter head than its class says. */
static size_t least_bytes(const struct python_type *type)
{
    return type->family == PYTHON_STRING ? python_layout.string_ascii_bytes + 1u
                                         : (size_t)type->basic_bytes;
}

/* A word that is an address is no count of references. */
static bool fits(const struct scan_node *node, uintptr_t object, const struct python_type *type)
{
    enum { SMALLEST = 16 };
    uintptr_t before = object - node->address, references = python_word(object, 0);
    bool is_collected = python_edges_is_collected(object, type);
    return type->before_bytes == before && !scan_maps_find(references) &&
           type->basic_bytes >= SMALLEST && before + least_bytes(type) <= node->size_bytes &&
           (!is_collected || is_untracked(object));
}

static void recognise(void *context)
{
    const struct scan_node *node = context;
    for (uintptr_t before = 0;
         before <= 2 * PYTHON_GC_HEAD_BYTES && before + 16 <= node->size_bytes;
         before += PYTHON_GC_HEAD_BYTES) {
        uintptr_t object = node->address + before;
        const struct python_type *type = python_types_of(object);
        if (type && fits(node, object, type)) {
            add(object, 0);
            return;
        }
    }
}

static void add_lone_blocks(void)
{
    for (size_t i = 0; i < scan_node_count && !is_out_of_memory; i++)
        if (scan_nodes[i].kind == RECORDING_KIND_PYTHON)
            scan_guard_call(recognise, &scan_nodes[i]);
}

/* --- in address order --- */

static void is_object(void *context)
{
    struct python_object *object = context;
    if (!python_types_of(object->address))
        object->address = 0;
}

/* What was in a list of the collector but cannot be read. */
static void drop_unreadable(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < python_object_count; i++)
        if (scan_guard_call(is_object, &python_objects[i]) && python_objects[i].address)
            python_objects[kept++] = python_objects[i];
    python_objects_broken += python_object_count - kept;
    python_object_count = kept;
}

/* By bytes from the lowest: a 48-bit address takes six passes. */
static bool sort_objects(void)
{
    enum { DIGITS = 256, ADDRESS_BITS = 48 };
    struct python_object *other = private_memory_map(capacity * sizeof *other);
    if (!other)
        return false;
    for (unsigned shift = 0; shift < ADDRESS_BITS; shift += 8) {
        size_t starts[DIGITS + 1] = {0};
        for (size_t i = 0; i < python_object_count; i++)
            starts[(python_objects[i].address >> shift & 255) + 1]++;
        for (int digit = 0; digit < DIGITS; digit++)
            starts[digit + 1] += starts[digit];
        for (size_t i = 0; i < python_object_count; i++)
            other[starts[python_objects[i].address >> shift & 255]++] = python_objects[i];
        struct python_object *sorted = other;
        other = python_objects;
        python_objects = sorted;
    }
    private_memory_unmap(other, capacity * sizeof *other);
    fill_places();
    return true;
}

bool python_objects_find(void)
{
    uintptr_t interpreter = python_interpreters_main();
    if (!interpreter || !python_types_start() || !grow())
        return false;
    enum { INTERPRETER_LIMIT = 4096 };
    uintptr_t each = python_interpreters_next(0);
    for (int i = 0; each && i < INTERPRETER_LIMIT; i++) {
        add_collected(python_interpreters_collector(each));
        each = python_layout.has_gc_in_runtime ? 0 : python_interpreters_next(each);
    }
    follow_all(0);
    size_t led_to = python_object_count;
    add_lone_blocks();
    follow_all(led_to);
    drop_unreadable();
    return !is_out_of_memory && sort_objects();
}
