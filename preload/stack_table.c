/* SPDX-License-Identifier: MIT */
#include "preload/stack_table.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/node_index.h"
#include "preload/private_memory.h"
#include "preload/recording_writer.h"

enum {
    NODES_PER_CHUNK = 2048,
    SITES_PER_CHUNK = 1024,
    SITE_CELLS_PER_PAGE = 4096,
    SITE_PAGES = STACK_TABLE_MAX_NODES / SITE_CELLS_PER_PAGE,
};

static struct recording_table nodes = {
    .type = RECORDING_CHUNK_STACKS,
    .record_bytes = sizeof(struct recording_stack_node),
    .records_per_chunk = NODES_PER_CHUNK,
    .chunk_limit = STACK_TABLE_MAX_NODES / NODES_PER_CHUNK,
};
static struct recording_table sites = {
    .type = RECORDING_CHUNK_SITES,
    .record_bytes = sizeof(struct recording_site),
    .records_per_chunk = SITES_PER_CHUNK,
    .chunk_limit = STACK_TABLE_MAX_SITES / SITES_PER_CHUNK,
};

static bool is_node(uint32_t id, const void *wanted)
{
    const struct recording_stack_node *node = recording_table_get(&nodes, id), *key = wanted;
    return node->pc == key->pc && node->parent == key->parent &&
           node->module_and_flags == key->module_and_flags;
}
static struct node_index index_of_nodes = {.matches = is_node};

/* The site of each node, 0 while it has none: pages of cells, made at first use. */
static _Atomic uint32_t *_Atomic site_pages[SITE_PAGES];

static uint32_t hash_of(const struct recording_stack_node *node)
{
    uint64_t hash = node->pc ^ (uint64_t)node->parent << 32 ^ (uint64_t)node->module_and_flags << 20;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    hash *= UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(hash >> 32);
}

/* Another thread may have noted a higher count already. */
static void note_count(uint64_t *shown, uint64_t count)
{
    uint64_t seen = __atomic_load_n(shown, __ATOMIC_RELAXED);
    while (seen < count && !__atomic_compare_exchange_n(shown, &seen, count, true, __ATOMIC_RELEASE,
                                                        __ATOMIC_RELAXED))
        ;
}

void stack_table_start(void)
{
    if (atomic_load(&nodes.count) == 0 && recording_table_add(&nodes) == 0)
        note_count(&recording_header->stack_count, 1);
    if (atomic_load(&sites.count) == 0 && recording_table_add(&sites) == 0)
        note_count(&recording_header->site_count, 1);
}

static __attribute__((noinline)) uint32_t add_node(const struct recording_stack_node *wanted,
                                                   uint32_t hash)
{
    uint64_t id = recording_table_add(&nodes);
    if (id == UINT64_MAX || id == 0)
        return 0;
    struct recording_stack_node *node = recording_table_get(&nodes, id);
    *node = *wanted;
    note_count(&recording_header->stack_count, id + 1);
    uint32_t winner = node_index_add(&index_of_nodes, hash, wanted, (uint32_t)id);
    if (winner != id)
        *node = (struct recording_stack_node){0}; /* another thread was faster, or there is no room */
    return winner;
}

uint32_t stack_table_push(uint32_t parent, uintptr_t pc, uint32_t module_and_flags)
{
    struct recording_stack_node wanted = {pc, parent, module_and_flags};
    uint32_t hash = hash_of(&wanted);
    uint32_t id = node_index_find(&index_of_nodes, hash, &wanted);
    return __builtin_expect(id != 0, 1) ? id : add_node(&wanted, hash);
}

static _Atomic uint32_t *site_cell(uint32_t node)
{
    _Atomic uint32_t *_Atomic *page = &site_pages[node / SITE_CELLS_PER_PAGE];
    _Atomic uint32_t *cells = atomic_load_explicit(page, memory_order_acquire);
    if (cells == NULL) {
        _Atomic uint32_t *fresh = private_memory_map(SITE_CELLS_PER_PAGE * sizeof *fresh);
        if (fresh == NULL)
            return NULL;
        if (atomic_compare_exchange_strong(page, &cells, fresh))
            cells = fresh;
        else
            private_memory_unmap((void *)fresh, SITE_CELLS_PER_PAGE * sizeof *fresh);
    }
    return &cells[node % SITE_CELLS_PER_PAGE];
}

static uint32_t add_site(uint32_t node, _Atomic uint32_t *cell)
{
    uint64_t id = recording_table_add(&sites);
    if (id == UINT64_MAX || id == 0)
        return 0;
    struct recording_site *site = recording_table_get(&sites, id);
    site->stack = node;
    note_count(&recording_header->site_count, id + 1);
    uint32_t winner = 0;
    if (atomic_compare_exchange_strong(cell, &winner, (uint32_t)id))
        return (uint32_t)id;
    site->stack = 0; /* another thread was faster: this one stays without events */
    return winner;
}

uint32_t stack_table_site(uint32_t node)
{
    _Atomic uint32_t *cell = node != 0 ? site_cell(node) : NULL;
    if (cell == NULL)
        return 0;
    uint32_t site = atomic_load_explicit(cell, memory_order_acquire);
    return site != 0 ? site : add_site(node, cell);
}

uint32_t stack_table_known_site(uint32_t node)
{
    _Atomic uint32_t *cell = node != 0 ? site_cell(node) : NULL;
    return cell != NULL ? atomic_load_explicit(cell, memory_order_acquire) : 0;
}

const struct recording_stack_node *stack_table_node(uint32_t node)
{
    return recording_table_get(&nodes, node);
}

uint32_t stack_table_node_of_site(uint32_t site)
{
    const struct recording_site *record = recording_table_get(&sites, site);
    return record != NULL ? record->stack : 0;
}

void stack_table_restart_after_fork(void)
{
    recording_table_restart(&nodes, true);
    recording_table_restart(&sites, true);
    recording_header->stack_count = atomic_load(&nodes.count);
    recording_header->site_count = atomic_load(&sites.count);
    node_index_restart_after_fork(&index_of_nodes);
}
