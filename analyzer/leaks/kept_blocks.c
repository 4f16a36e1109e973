/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/kept_blocks.h"

#include "analyzer/graph/graph.h"

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

bool kept_blocks_sum(struct sites *sites, struct arena *arena, const struct recording *recording,
                     struct error *error)
{
    const struct recording_snapshot_entry *snapshot = snapshot_of_python_end(recording);
    for (size_t i = 0; i < sites->all_count; i++) {
        struct site *site = &sites->all[i];
        site->kept_blocks = snapshot ? 0 : site->live_blocks;
        site->kept_bytes = snapshot ? 0 : site->live_bytes;
    }
    if (!snapshot)
        return true;
    struct arena *scratch = arena_child(arena);
    struct graph graph;
    bool done = graph_load(&graph, scratch, scratch, recording, snapshot, error);
    for (uint32_t node = 0; done && node < graph.node_count; node++) {
        struct site *site = sites_get(sites, graph.sites[node]);
        site->kept_blocks++;
        site->kept_bytes += graph.sizes[node];
    }
    arena_free(scratch);
    return done;
}
