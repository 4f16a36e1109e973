/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_index.h"

#include "preload/arch/machine.h"
#include "preload/base/address_sort.h"
#include "preload/blocks/live_blocks.h"
#include "preload/blocks/stale_words.h"
#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/threads.h"
#include "preload/scan/scan_guard.h"

struct scan_node *scan_nodes;
size_t scan_node_count;
uintptr_t scan_lowest = UINTPTR_MAX, scan_highest;

/* A page where blocks begin: a bit for every 8 bytes, and how many nodes begin before each word. */
struct page_starts {
    uint64_t bits[8];
    uint32_t first_node;
    uint16_t before[8];
};

enum { ROOT_BITS = MACHINE_ADDRESS_BITS - 30, PAGE_BITS = 18 };
#define PAGE_MASK ((1u << PAGE_BITS) - 1)

/* A page's entry: 0 nothing, odd: (node << 1 | 1) the block that spans it, else a struct
 * page_starts. */
static uint64_t *roots[1u << ROOT_BITS];
static struct page_starts *starts;
static size_t starts_used;

struct scan_node scan_index_node(const struct live_block *block)
{
    bool is_root = block->is_root || block->birth_ticks < threads_lost_at_ticks;
    return (struct scan_node){block->address, block->size_bytes, block->site,
                              block->kind == LIVE_BLOCKS_KIND_MOVING ? 0 : (uint8_t)block->kind,
                              is_root};
}

static bool collect_block(const struct live_block *block, void *context)
{
    size_t capacity = *(size_t *)context;
    if (scan_node_count == capacity)
        return false;
    scan_nodes[scan_node_count++] = scan_index_node(block);
    return true;
}

/* The walk is in order but for the few blocks of the side table, which come last. */
static void sort_tail(void)
{
    size_t i = 1;
    while (i < scan_node_count && scan_nodes[i - 1].address < scan_nodes[i].address)
        i++;
    if (i < scan_node_count)
        address_sort(scan_nodes, scan_node_count, sizeof *scan_nodes);
}

static uint64_t *entry_of(uintptr_t address)
{
    uint64_t **pages = &roots[address >> 30];
    if (!*pages)
        *pages = private_memory_map(sizeof(uint64_t) << PAGE_BITS);
    return *pages ? &(*pages)[address >> 12 & PAGE_MASK] : NULL;
}

static struct page_starts *starts_of(uint64_t *entry, uint32_t node)
{
    if (*entry && !(*entry & 1))
        return (struct page_starts *)*entry;
    struct page_starts *page = &starts[starts_used++];
    page->first_node = node;
    *entry = (uint64_t)page;
    return page;
}

static void widen_range(uintptr_t address, uintptr_t size_bytes)
{
    if (address < scan_lowest)
        scan_lowest = address;
    if (address + size_bytes > scan_highest)
        scan_highest = address + size_bytes;
}

static bool add_node(uint32_t node)
{
    uintptr_t address = scan_nodes[node].address, size_bytes = scan_nodes[node].size_bytes;
    widen_range(address, size_bytes);
    uint64_t *entry = entry_of(address);
    if (!entry)
        return false;
    struct page_starts *page = starts_of(entry, node);
    unsigned granule = address >> 3 & 511;
    page->bits[granule >> 6] |= 1ull << (granule & 63);
    for (unsigned word = (granule >> 6) + 1; word < 8; word++)
        page->before[word]++;
    for (uintptr_t next = (address | 4095) + 1; next < address + size_bytes; next += 4096) {
        if (!(entry = entry_of(next)))
            return false;
        *entry = (uint64_t)node << 1 | 1;
    }
    return true;
}

bool scan_index_build(bool own_only)
{
    size_t capacity = own_only ? live_blocks_count_own() : live_blocks_count();
    scan_nodes = private_memory_map((capacity + 1) * sizeof *scan_nodes);
    starts = private_memory_map((capacity + 1) * sizeof *starts); /* touched per page only */
    if (!scan_nodes || !starts)
        return false;
    /* Every pointer is looked up in both, in no order. */
    private_memory_in_large_pages(scan_nodes, capacity * sizeof *scan_nodes);
    private_memory_in_large_pages(starts, capacity * sizeof *starts);
    (own_only ? live_blocks_walk_own : live_blocks_walk)(collect_block, &capacity);
    sort_tail();
    for (size_t node = 0; node < scan_node_count; node++)
        if (scan_nodes[node].address >> (ROOT_BITS + 30) || !add_node((uint32_t)node))
            return false;
    return true;
}

static inline unsigned population(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(bits * 0x0101010101010101u >> 56);
}

/* The last node that begins at or before the address in its page; the one before the page
 * otherwise. */
static inline size_t candidate(uint64_t entry, uintptr_t address)
{
    if (entry & 1)
        return entry >> 1;
    const struct page_starts *page = (const struct page_starts *)entry;
    unsigned granule = address >> 3 & 511, word = granule >> 6;
    uint64_t upto = page->bits[word] & (~0ull >> (63 - (granule & 63)));
    return (size_t)page->first_node + page->before[word] + population(upto) - 1;
}

static inline const uint64_t *entry_at(uintptr_t address)
{
    static const uint64_t nothing;
    const uint64_t *pages = address >> (ROOT_BITS + 30) ? NULL : roots[address >> 30];
    return pages ? &pages[address >> 12 & PAGE_MASK] : &nothing;
}

/*
 * new T[0] with a destructor makes a block for the count alone and returns its end: the one pointer
 * past a block that holds it.
 */
static bool is_empty_array(const struct scan_node *node)
{
    return node->kind == RECORDING_KIND_NEW_ARRAY && node->size_bytes == sizeof(size_t) &&
           scan_guard_word(node->address) == 0;
}

static inline size_t check(size_t node, uintptr_t address)
{
    if (node >= scan_node_count)
        return SIZE_MAX; /* before the first node */
    uintptr_t distance = address - scan_nodes[node].address;
    if (distance == 0 || distance < scan_nodes[node].size_bytes)
        return node;
    return distance == sizeof(size_t) && is_empty_array(&scan_nodes[node]) ? node : SIZE_MAX;
}

size_t scan_index_find(uintptr_t address)
{
    uint64_t entry = *entry_at(address);
    return entry ? check(candidate(entry, address), address) : SIZE_MAX;
}

#define QUERY(i) ((struct scan_query *)((char *)queries + (i)*stride_bytes))

void scan_index_find_many(struct scan_query *queries, size_t count, size_t stride_bytes)
{
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(entry_at(QUERY(i)->address));
    for (size_t i = 0; i < count; i++) {
        uint64_t entry = QUERY(i)->entry = *entry_at(QUERY(i)->address);
        if (entry && !(entry & 1)) {
            __builtin_prefetch((const void *)entry);
            __builtin_prefetch((const char *)entry + sizeof(struct page_starts) - 1);
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct scan_query *query = QUERY(i);
        query->node = query->entry ? candidate(query->entry, query->address) : SIZE_MAX;
        if (query->node < scan_node_count)
            __builtin_prefetch(&scan_nodes[query->node]);
    }
    for (size_t i = 0; i < count; i++)
        QUERY(i)->node = check(QUERY(i)->node, QUERY(i)->address);
}

struct scan_target scan_index_target(uintptr_t word, size_t node)
{
    enum { FLAGS = 15, WORD_FLAGS = 7 };
    uintptr_t address = scan_index_address(word), start = address & ~(uintptr_t)FLAGS;
    if (node == SIZE_MAX && address != start) { /* a block that is smaller than its flags */
        size_t smaller = scan_index_find(start);
        if (smaller != SIZE_MAX && scan_nodes[smaller].address == start)
            node = smaller;
    }
    if (node == SIZE_MAX)
        return (struct scan_target){.node = node};
    struct scan_target target = {node, address - scan_nodes[node].address, address != word};
    if (target.offset & WORD_FLAGS) {
        if (scan_nodes[node].address == start)
            target = (struct scan_target){node, 0, true};
        else if (target.tagged)
            target.node = SIZE_MAX;
    }
    return target;
}

uintptr_t scan_index_end_of_words(const struct scan_node *node)
{
    uintptr_t end = node->address + node->size_bytes;
    if (!stale_words_slack_is_used || recording_header->foreign_allocator ||
        node->kind == RECORDING_KIND_PYTHON || node->address % 16)
        return end;
    size_t header = scan_guard_word(node->address - sizeof header);
    uintptr_t usable_end = node->address + stale_words_usable(header);
    if (header & STALE_CHUNK_MAPPED)
        usable_end -= sizeof header;
    return usable_end > end && usable_end - end <= RECORDING_MOST_SLACK_BYTES ? usable_end : end;
}
