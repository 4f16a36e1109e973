/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EVIDENCE_H
#define LEAKGRAPH_EVIDENCE_H

/*
 * What every judgement about one process rests on: its recording, its decoded snapshots, its stacks
 * and its sites. process.c owns all of them.
 */

#include "analyzer/graph/snapshot_image.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/stacks.h"

struct evidence {
    const struct recording *recording;
    struct snapshot_images *images;
    struct stacks *stacks;
    const struct sites *sites; /* NULL until the leaks are known: some sites matter to them only */
};

#endif
