/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_HEAP_H
#define LEAKGRAPH_PYTHON_HEAP_H

/*
 * The Python objects of one snapshot, in address order, with their exact references one after
 * another, as tp_traverse reported them. Everything is checked as it is read. About 40 bytes per
 * object and 13 per reference.
 *
 *     struct python_heap heap;
 *     if (!python_heap_load(&heap, arena, names, recording, number, &error)) ...
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/recording/recording_reader.h"

struct python_heap_local {
    int tid;
    uint32_t function, variable; /* texts, 0 unknown */
    uint32_t object;
};

struct python_heap {
    struct recording_python_heap record;
    uint32_t object_count, edge_count, type_count, text_count, local_count;
    uint64_t *addresses, *sizes, *references;
    uint32_t *types;       /* from 1 */
    uint16_t *flags;       /* enum recording_python_flags */
    uint32_t *edge_starts; /* object_count + 1 */
    uint32_t *targets;
    uint8_t *labels; /* enum recording_python_label, by edge */
    uint64_t *label_values;
    struct python_heap_local *locals; /* what running frames hold */
    const char **type_names, **texts; /* [0] is NULL */
};

/* `names` owns the names and texts. The snapshot must have a Python heap. */
bool python_heap_load(struct python_heap *heap, struct arena *arena, struct arena *names,
                      const struct recording *recording, uint64_t snapshot, struct error *error);

/* The object that begins at the address; UINT32_MAX: none. */
uint32_t python_heap_at(const struct python_heap *heap, uint64_t address);

/*
 * By type: whether the contents of its objects refer to nothing. Bytes that nobody wrote yet may
 * look like a pointer, and so may those between the fields of a str.
 */
const bool *python_heap_data_types(const struct python_heap *heap, struct arena *arena);

/* How the object refers to the target of its edge: "peer", "['up']", "[3]", "__dict__"; NULL:
 * unknown. */
const char *python_heap_label(const struct python_heap *heap, struct arena *arena, uint32_t edge);
/* Equal for references that do the same; leaves out the index or key, which differs from object to
 * object. */
uint64_t python_heap_label_kind(const struct python_heap *heap, uint32_t edge);

#endif
