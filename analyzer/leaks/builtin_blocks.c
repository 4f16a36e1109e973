/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/builtin_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/suppressions.h"

enum { UNKNOWN, NONE, FIRST }; /* FIRST and more: the suppression's number */

struct builtin_blocks {
    struct stacks *stacks;
    uint64_t site_end;
    uint32_t *verdicts;  /* by site */
    struct amount *hits; /* by number */
};

struct builtin_blocks *builtin_blocks_new(struct arena *arena, struct stacks *stacks,
                                          uint64_t site_end)
{
    struct builtin_blocks *blocks = arena_alloc(arena, sizeof *blocks);
    blocks->stacks = stacks;
    blocks->site_end = site_end;
    blocks->verdicts = arena_array(arena, site_end, sizeof *blocks->verdicts);
    blocks->hits = arena_array(arena, suppressions_count(), sizeof *blocks->hits);
    return blocks;
}

void builtin_blocks_begin(struct builtin_blocks *blocks)
{
    memset(blocks->hits, 0, suppressions_count() * sizeof *blocks->hits);
}

static uint32_t verdict_of(struct builtin_blocks *blocks, uint32_t id)
{
    const struct recording *recording = stacks_recording(blocks->stacks);
    const struct recording_site *site = recording_site(recording, id);
    if (!site || id >= blocks->site_end)
        return NONE;
    if (blocks->verdicts[id] == UNKNOWN) {
        size_t number = suppressions_find(blocks->stacks, recording, site->stack);
        blocks->verdicts[id] = number == SUPPRESSIONS_NONE ? NONE : FIRST + (uint32_t)number;
    }
    return blocks->verdicts[id];
}

bool builtin_blocks_has(struct builtin_blocks *blocks, uint32_t site, uint64_t size_bytes)
{
    uint32_t verdict = verdict_of(blocks, site);
    if (verdict == NONE)
        return false;
    blocks->hits[verdict - FIRST].blocks++;
    blocks->hits[verdict - FIRST].bytes += size_bytes;
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct suppression *one = left, *other = right;
    if (one->hits.bytes != other->hits.bytes)
        return one->hits.bytes < other->hits.bytes ? 1 : -1;
    return strcmp(one->name, other->name);
}

const struct suppression *builtin_blocks_list(const struct builtin_blocks *blocks,
                                              struct arena *arena, size_t *count)
{
    struct suppression *list = arena_array(arena, suppressions_count(), sizeof *list);
    *count = 0;
    for (size_t i = 0; i < suppressions_count(); i++) {
        struct suppressions_builtin about = suppressions_builtin(i);
        if (blocks->hits[i].blocks)
            list[(*count)++] = (struct suppression){about.name, about.what, blocks->hits[i]};
    }
    qsort(list, *count, sizeof *list, compare);
    return list;
}
