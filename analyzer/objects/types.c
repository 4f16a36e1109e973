/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/types.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"
#include "analyzer/objects/deep_sizes.h"
#include "analyzer/symbols/frame_kind.h"

struct summer {
    const struct types_input *input;
    struct arena *scratch;
    struct object_type *all;
    size_t count, capacity;
    size_t *of_kind; /* index in `all` */
    struct index_table table;
};

/* --- which type a kind of block is of --- */

/* Where a block without a type was made, as the report shows it: the program's own innermost frame.
 */
static const struct frame *place_of(const struct site *site)
{
    const struct stack *stack = &site->stack;
    for (size_t i = 0; i < stack->frame_count; i++)
        if (stack->frames[i].file && !frame_is_runtime(&stack->frames[i]) &&
            !frame_is_system_source(&stack->frames[i]))
            return &stack->frames[i];
    return NULL;
}

static bool is_same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

static bool is_same_place(const struct site *one, const struct site *other)
{
    const struct frame *first = place_of(one), *second = place_of(other);
    if (one == other || !first || !second)
        return one == other;
    return first->line == second->line && is_same_text(first->file, second->file) &&
           is_same_text(first->function, second->function);
}

static bool is_type(const struct object_type *type, const char *name, const struct site *site)
{
    return name ? type->name && strcmp(type->name, name) == 0
                : !type->name && is_same_place(type->site, site);
}

static uint64_t hash_site(const struct site *site)
{
    const struct frame *place = place_of(site);
    return place ? hash_mix(hash_text(0, place->file), place->line) : hash_mix(0, (uintptr_t)site);
}

static size_t type_for(struct summer *summer, const char *name, const struct site *site)
{
    uint64_t hash = name ? hash_text(0, name) : hash_site(site);
    struct index_search search = index_table_search(&summer->table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (is_type(&summer->all[index], name, site))
            return index;
    summer->all[summer->count] = (struct object_type){.name = name, .site = site};
    index_table_add(&summer->table, hash, (uint32_t)summer->count);
    return summer->count++;
}

static void allocate(struct summer *summer, struct arena *arena)
{
    uint32_t kinds = node_names_kind_count(summer->input->names);
    summer->all = arena_array(arena, kinds, sizeof *summer->all);
    summer->of_kind = arena_array(summer->scratch, kinds, sizeof *summer->of_kind);
}

/* Looks every kind up once: `of_kind` holds the index + 1. */
static size_t type_of(struct summer *summer, uint32_t node)
{
    const struct types_input *input = summer->input;
    size_t *known = &summer->of_kind[node_names_kind(input->names, node)];
    if (*known == 0)
        *known = 1 + type_for(summer, node_names_type(input->names, node),
                              sites_get(input->sites, input->graph->sites[node]));
    return *known - 1;
}

/* --- sums --- */

static bool counts(const struct types_input *input, uint32_t node)
{
    return !(input->graph->flags[node] & GRAPH_FREED) && !(input->is_old && input->is_old[node]);
}

static void add_nodes(struct summer *summer)
{
    const struct types_input *input = summer->input;
    for (uint32_t node = 0; node < input->graph->node_count; node++) {
        if (!counts(input, node))
            continue;
        struct object_type *type = &summer->all[type_of(summer, node)];
        uint64_t bytes = input->graph->sizes[node];
        type->blocks++;
        type->bytes += bytes;
        if (input->tree->parents[node] == DOMINATOR_NONE) {
            type->leaked_blocks++;
            type->retained_bytes += bytes;
        } else {
            type->stack_blocks += input->paths->by_stack[node];
        }
    }
}

/* Walks the tree, counting for each type the objects above: only the outermost ones retain. */
static void add_retained(struct summer *summer)
{
    const struct types_input *input = summer->input;
    uint32_t root = input->graph->node_count, depth = 0;
    struct dominator_children children;
    dominator_tree_children(&children, summer->scratch, input->graph, input->tree);
    uint32_t *above = arena_array(summer->scratch, summer->count, sizeof *above);
    uint32_t *path = arena_array(summer->scratch, (size_t)root + 1, sizeof *path);
    uint32_t *next = arena_array(summer->scratch, (size_t)root + 1, sizeof *next);
    path[0] = root;
    memcpy(next, children.starts, ((size_t)root + 1) * sizeof *next);
    for (;;) {
        uint32_t node = path[depth];
        if (next[node] < children.starts[node + 1]) {
            uint32_t child = children.nodes[next[node]++];
            size_t type = type_of(summer, child);
            if (above[type]++ == 0 && counts(input, child))
                summer->all[type].retained_bytes += input->tree->retained[child];
            path[++depth] = child;
        } else if (depth == 0) {
            return;
        } else {
            above[type_of(summer, node)]--;
            depth--;
        }
    }
}

static void add_deep(struct summer *summer)
{
    const struct graph *graph = summer->input->graph;
    uint32_t *type_of_node = arena_array(summer->scratch, graph->node_count, sizeof *type_of_node);
    for (uint32_t node = 0; node < graph->node_count; node++)
        type_of_node[node] =
            (uint32_t)(counts(summer->input, node) ? type_of(summer, node) : summer->count);
    const uint64_t *deep =
        deep_sizes_find(&(struct deep_sizes){graph, type_of_node, summer->count}, summer->scratch);
    for (size_t type = 0; deep && type < summer->count; type++)
        summer->all[type].deep_bytes = deep[type];
}

static int compare_types(const void *left, const void *right)
{
    const struct object_type *one = left, *other = right;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    if (one->blocks != other->blocks)
        return one->blocks > other->blocks ? -1 : 1;
    if (one->name && other->name)
        return strcmp(one->name, other->name);
    if (one->name || other->name)
        return one->name ? -1 : 1;
    return strcmp(one->site->fingerprint, other->site->fingerprint);
}

const struct object_type *types_sum(struct arena *arena, const struct types_input *input,
                                    size_t *count)
{
    struct summer summer = {.input = input, .scratch = arena_child(arena)};
    summer.table.arena = summer.scratch;
    allocate(&summer, arena);
    /* Finds all types before the first walk, which needs room for them. */
    for (uint32_t node = 0; node < input->graph->node_count; node++)
        type_of(&summer, node);
    add_nodes(&summer);
    add_retained(&summer);
    if (input->graph->python)
        add_deep(&summer);
    if (summer.count)
        qsort(summer.all, summer.count, sizeof *summer.all, compare_types);
    *count = 0;
    while (*count < summer.count && summer.all[*count].blocks)
        ++*count;
    arena_free(summer.scratch);
    return summer.all;
}

static int compare_sites(const void *left, const void *right)
{
    const struct object_site *one = left, *other = right;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return one->blocks > other->blocks ? -1 : one->blocks < other->blocks;
}

const struct object_site *types_sum_sites(struct arena *arena, const struct types_input *input,
                                          size_t *count)
{
    const struct sites *sites = input->sites;
    struct object_site *all = arena_array(arena, sites->all_count + 1, sizeof *all);
    for (uint32_t node = 0; node < input->graph->node_count; node++) {
        if (!counts(input, node))
            continue;
        struct site *site = sites_get(sites, input->graph->sites[node]);
        struct object_site *sum = &all[site - sites->all];
        sum->site = site;
        sum->blocks++;
        sum->bytes += input->graph->sizes[node];
    }
    qsort(all, sites->all_count, sizeof *all, compare_sites);
    *count = 0;
    while (*count < sites->all_count && all[*count].blocks)
        ++*count;
    return all;
}
