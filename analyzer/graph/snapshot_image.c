/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/snapshot_image.h"

struct snapshot_image {
    struct graph *graph; /* NULL: not asked for yet, like the others */
    struct python_heap *heap;
    struct python_graph *both;
};

struct snapshot_images {
    struct arena *arena, *names;
    const struct recording *recording;
    struct snapshot_image *all; /* by index of the recording's snapshots */
};

struct snapshot_images *snapshot_images_new(struct arena *arena, struct arena *names,
                                            const struct recording *recording)
{
    struct snapshot_images *images = arena_alloc(arena, sizeof *images);
    *images = (struct snapshot_images){
        .arena = arena,
        .names = names,
        .recording = recording,
        .all = arena_array(arena, recording->snapshot_count, sizeof *images->all),
    };
    return images;
}

const struct recording *snapshot_images_recording(const struct snapshot_images *images)
{
    return images->recording;
}

static struct snapshot_image *image_of(struct snapshot_images *images,
                                       const struct recording_snapshot_entry *entry)
{
    return &images->all[entry - images->recording->snapshots];
}

const struct graph *snapshot_image_graph(struct snapshot_images *images,
                                         const struct recording_snapshot_entry *entry,
                                         struct error *error)
{
    struct snapshot_image *image = image_of(images, entry);
    if (image->graph)
        return image->graph;
    struct graph *graph = arena_alloc(images->arena, sizeof *graph);
    if (!graph_load(graph, images->arena, images->names, images->recording, entry, error))
        return NULL;
    return image->graph = graph;
}

const struct python_heap *snapshot_image_heap(struct snapshot_images *images,
                                              const struct recording_snapshot_entry *entry,
                                              struct error *error)
{
    struct snapshot_image *image = image_of(images, entry);
    if (image->heap)
        return image->heap;
    struct python_heap *heap = arena_alloc(images->arena, sizeof *heap);
    if (!python_heap_load(heap, images->arena, images->names, images->recording, entry->number,
                          error))
        return NULL;
    return image->heap = heap;
}

const struct python_graph *snapshot_image_python(struct snapshot_images *images,
                                                 const struct recording_snapshot_entry *entry,
                                                 struct error *error)
{
    struct snapshot_image *image = image_of(images, entry);
    if (image->both)
        return image->both;
    const struct python_heap *heap = snapshot_image_heap(images, entry, error);
    const struct graph *graph = heap ? snapshot_image_graph(images, entry, error) : NULL;
    if (!graph)
        return NULL;
    struct python_graph *both = arena_alloc(images->arena, sizeof *both);
    python_graph_build(both, images->arena, graph, heap);
    return image->both = both;
}
