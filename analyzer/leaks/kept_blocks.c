/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/kept_blocks.h"

static const struct recording_snapshot_entry *
snapshot_of_python_end(const struct recording *recording)
{
    for (size_t i = recording->snapshot_count; i-- > 0;) {
        const struct recording_snapshot_entry *entry = &recording->snapshots[i];
        if (entry->snapshot.reason == RECORDING_AT_PYTHON_END &&
            entry->snapshot.state == RECORDING_SNAPSHOT_COMPLETE)
            return entry;
    }
    return NULL;
}

bool kept_blocks_sum(struct sites *sites, struct snapshot_images *images, struct error *error)
{
    const struct recording_snapshot_entry *snapshot =
        snapshot_of_python_end(snapshot_images_recording(images));
    for (size_t i = 0; i < sites->all_count; i++) {
        struct site *site = &sites->all[i];
        site->figures.kept_blocks = snapshot ? 0 : site->figures.live_blocks;
        site->figures.kept_bytes = snapshot ? 0 : site->figures.live_bytes;
    }
    if (!snapshot)
        return true;
    const struct graph *graph = snapshot_image_graph(images, snapshot, error);
    for (uint32_t node = 0; graph && node < graph->node_count; node++) {
        struct site *site = sites_get(sites, graph->sites[node]);
        site->figures.kept_blocks++;
        site->figures.kept_bytes += graph->sizes[node];
    }
    return graph != NULL;
}
