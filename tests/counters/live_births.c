/* SPDX-License-Identifier: MIT */
/* live_births glibc|other: blocks of all sizes, side by side as an allocator lays them, keep their
   size, site and birth, whatever their neighbours do. Prints what differs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/blocks/live_blocks.h"

enum { BASE = 0x10000000, BLOCKS = 20000, HOUR_TICKS_SHIFT = 43 };

/* An allocator: what its chunks have in front, their least size and the largest block whose birth is rounded. */
static const struct layout {
    const char *name;
    size_t header_bytes, smallest_bytes, rounded_bytes;
    enum recording_block_kind kind;
    bool is_glibc;
} layouts[] = {
    {"glibc", 8, 32, 40, RECORDING_KIND_NEW, true},
    {"python", 0, 16, 48, RECORDING_KIND_PYTHON, true}, /* pools beside glibc's malloc */
    {"other", 0, 16, 16, RECORDING_KIND_NEW, false},
};
static const struct layout *layout;

static int wrong;

static struct live_block blocks[BLOCKS];

static void lay_out(void)
{
    uintptr_t address = BASE + 2 * layout->header_bytes;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size_bytes = i % 3 == 0 ? (size_t)random() % 5000 : (size_t)random() % 80;
        blocks[i] = (struct live_block){.address = address,
                                        .size_bytes = size_bytes,
                                        .birth_ticks = (uint64_t)random()
                                                       << (random() % (HOUR_TICKS_SHIFT - 31)),
                                        .site = (uint32_t)random() & 0xffffff,
                                        .kind = layout->kind,
                                        .is_root = i % 7 == 0};
        size_t taken_bytes = (size_bytes + layout->header_bytes + 15) & ~(size_t)15;
        address += taken_bytes < layout->smallest_bytes ? layout->smallest_bytes : taken_bytes;
    }
}

static bool birth_fits(const struct live_block *made, uint64_t birth_ticks)
{
    uint64_t rounding = made->size_bytes > layout->rounded_bytes ? 0 : 64 + (made->birth_ticks >> 22);
    return birth_ticks <= made->birth_ticks && made->birth_ticks - birth_ticks <= rounding;
}

static void expect(const struct live_block *made, const struct live_block *found)
{
    if (found->address == made->address && found->size_bytes == made->size_bytes &&
        found->site == made->site && found->kind == made->kind && found->is_root == made->is_root &&
        birth_fits(made, found->birth_ticks))
        return;
    wrong++;
    printf("block of %zu bytes at %#zx born %zu: found %zu bytes born %zu\n",
           (size_t)made->size_bytes, (size_t)made->address, (size_t)made->birth_ticks,
           (size_t)found->size_bytes, (size_t)found->birth_ticks);
}

static void add_all(void)
{
    for (size_t i = 0; i < BLOCKS; i++)
        live_blocks_add(&blocks[i]);
}

static void find_all(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        struct live_block found = {0};
        live_blocks_find((const void *)blocks[i].address, &found);
        expect(&blocks[i], &found);
    }
}

static int compare(const void *key, const void *block)
{
    uintptr_t one = *(const uintptr_t *)key, other = ((const struct live_block *)block)->address;
    return one < other ? -1 : one > other;
}

static bool visit(const struct live_block *found, void *context)
{
    const struct live_block *made = bsearch(&found->address, blocks, BLOCKS, sizeof *made, compare);
    wrong += made == NULL;
    if (made)
        expect(made, found);
    *(size_t *)context += 1;
    return true;
}

/* Every second block is freed and made again with another size, birth and site. */
static void replace_every_second(void)
{
    for (size_t i = 0; i < BLOCKS; i += 2) {
        struct live_block old;
        if (live_blocks_remove((const void *)blocks[i].address, &old, 0) != LIVE_BLOCKS_LIVE)
            wrong++;
        if (live_blocks_find((const void *)blocks[i].address, &old) != LIVE_BLOCKS_FREED)
            wrong++;
        blocks[i].size_bytes = blocks[i].size_bytes * 2 / 3; /* fits there */
        blocks[i].birth_ticks += 1000000;
        blocks[i].site ^= 0xfff;
        live_blocks_add(&blocks[i]);
    }
}

/* Births of one size are in order, however they are rounded. */
static void rises(void)
{
    struct live_block block = {.address = BASE - 4096, .size_bytes = 8}, found;
    uint64_t last = 0;
    for (uint64_t ticks = 1; ticks < UINT64_C(1) << 50; ticks += 1 + ticks / 1000) {
        block.birth_ticks = ticks;
        live_blocks_add(&block);
        live_blocks_find((const void *)block.address, &found);
        wrong += found.birth_ticks < last || !birth_fits(&block, found.birth_ticks);
        last = found.birth_ticks;
    }
}

int main(int argc, char **argv)
{
    size_t seen = 0, which = 0;
    while (which < 2 && (argc < 2 || strcmp(argv[1], layouts[which].name) != 0))
        which++;
    layout = &layouts[which];
    live_blocks_start(layout->is_glibc);
    rises();
    struct live_block old;
    live_blocks_remove((const void *)(uintptr_t)(BASE - 4096), &old, 0);
    lay_out();
    add_all();
    find_all();
    replace_every_second();
    find_all();
    live_blocks_walk(visit, &seen);
    wrong += seen != BLOCKS || live_blocks_count() != BLOCKS;
    printf("%d wrong, %zu blocks in the walk\n", wrong, seen);
    return wrong != 0;
}
