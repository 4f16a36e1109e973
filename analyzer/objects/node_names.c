/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/node_names.h"

#include <string.h>

#include "analyzer/graph/python_merge.h"
#include "analyzer/objects/node_texts.h"
#include "analyzer/sites/pools.h"
#include "analyzer/cxx/type_names.h"
#include "analyzer/symbols/symbols.h"

enum { LONGEST_HEADER = 16 };

/* --- does a type fit? --- */

/* A pointer to something bigger than the block is a contradiction. */
static bool contradicts(const struct node_names *names, const struct node_kind_edge *edge,
                        const struct edge_label *label)
{
    return edge->target_offset == 0 && label->target &&
           dwarf_type_kind(label->target) == DWARF_TYPE_RECORD &&
           dwarf_type_size(label->target) > names->kinds.all[edge->to].size_bytes;
}

/* What few blocks of a kind have may be left from blocks that had their memory before: it is no
   word against a type. */
static bool is_rare(const struct node_kind *kind, const struct node_kind_edge *edge)
{
    enum { ONE_OF = 20 };
    return (uint64_t)edge->blocks * ONE_OF < kind->blocks;
}

/*
 * Places with a pointer where the type has one, minus those where it has none. A place counts once,
 * whatever other blocks of the kind have there. `all` is the number of places.
 */
struct fit {
    int score, all;
};

static struct fit fit_of(struct node_names *names, const struct node_kind *kind,
                         const struct dwarf_type *type, bool is_array)
{
    struct fit fit = {0};
    struct arena *scratch = arena_child(names->scratch);
    uint32_t end = kind->first_edge + kind->edge_count;
    for (uint32_t i = kind->first_edge; i < end;) {
        const struct node_kind_edge *edge = &names->kinds.edges[i];
        struct edge_label label = edge_labels_of_type(scratch, type, is_array, edge->offset);
        bool agrees = false, rare = true;
        for (; i < end && names->kinds.edges[i].offset == edge->offset; i++) {
            agrees = agrees || !contradicts(names, &names->kinds.edges[i], &label);
            rare = rare && is_rare(kind, &names->kinds.edges[i]);
        }
        if (rare && !(label.is_pointer && agrees))
            continue;
        fit.score += label.is_pointer && agrees ? 1 : -1;
        fit.all++;
    }
    arena_free(scratch);
    return fit;
}

static bool is_perfect(struct fit fit)
{
    return fit.score == fit.all;
}

/* --- what becomes known --- */

static void wait_for_turn(struct node_names *names, uint32_t kind)
{
    if (names->is_waiting[kind])
        return;
    names->is_waiting[kind] = true;
    names->waiting[(names->waiting_start + names->waiting_count++) % names->kinds.count] = kind;
}

static void improve(struct node_names *names, uint32_t kind, const struct dwarf_type *type,
                    bool is_array, enum rank rank)
{
    struct name *name = &names->all[kind];
    if (rank <= name->rank || name->pool)
        return;
    name->type = type;
    name->is_array = is_array;
    name->rank = rank;
    wait_for_turn(names, kind);
}

/* Known by name only, like a library's private structs. A library may put a header before them. */
static bool is_opaque(const struct dwarf_type *type)
{
    return dwarf_type_kind(type) == DWARF_TYPE_RECORD && dwarf_type_size(type) == 0;
}

/* A pointer to `type` leads to the start of a block of this kind. */
static void offer(struct node_names *names, uint32_t to, const struct dwarf_type *type)
{
    const struct node_kind *kind = &names->kinds.all[to];
    uint64_t size = dwarf_type_size(type);
    bool is_record = dwarf_type_kind(type) == DWARF_TYPE_RECORD;
    bool may_repeat =
        size && kind->size_bytes % size == 0 &&
        !(is_record && type_names_is_library(dwarf_type_name(type)) && !dwarf_type_argument(type));
    bool is_table = may_repeat && dwarf_type_kind(type) == DWARF_TYPE_POINTER;
    enum rank rank = size == kind->size_bytes || is_table   ? RANK_POINTER
                     : may_repeat                           ? RANK_POINTER_ARRAY
                     : is_record && size < kind->size_bytes ? RANK_PREFIX
                                                            : RANK_NONE;
    if (rank <= names->all[to].rank)
        return;
    bool is_array = rank == RANK_POINTER_ARRAY || is_table;
    if (is_opaque(type)) {
        improve(names, to, type, false, RANK_DOUBTFUL);
        return;
    }
    struct fit fit = fit_of(names, kind, type, is_array);
    if (is_perfect(fit))
        improve(names, to, type, is_array, rank);
    else if (is_array && is_record && fit_of(names, kind, type, false).score >= 0)
        improve(names, to, type, false, RANK_PREFIX);
    else if (fit.score >= 0)
        improve(names, to, type, is_array, RANK_DOUBTFUL);
}

static struct edge_label label_at(struct node_names *names, struct arena *arena,
                                  const struct name *name, uint64_t offset)
{
    if (name->storage && offset >= name->storage_offset)
        return root_names_storage_label(names->roots, name->storage, offset - name->storage_offset);
    if (name->type)
        return edge_labels_of_type(arena, name->type, name->is_array, offset);
    return name->made_for ? edge_labels_of_node(name->made_for, offset) : (struct edge_label){0};
}

static void propagate(struct node_names *names, uint32_t from)
{
    const struct node_kind *kind = &names->kinds.all[from];
    const struct name *name = &names->all[from];
    for (uint32_t i = kind->first_edge; i < kind->first_edge + kind->edge_count; i++) {
        const struct node_kind_edge *edge = &names->kinds.edges[i];
        struct edge_label label = label_at(names, names->scratch, name, edge->offset);
        struct name *target = &names->all[edge->to];
        bool is_behind_header =
            edge->target_offset <= LONGEST_HEADER && label.target && is_opaque(label.target);
        if (edge->target_offset != 0 && !is_behind_header)
            continue;
        bool is_better = !target->holder_label || (label.is_pointer && !target->is_surely_held);
        if (is_better && label.text && edge->to != from) {
            target->holder = from;
            target->holder_label = label.text;
            target->is_surely_held = label.is_pointer;
        }
        if (label.is_pointer && label.target)
            offer(names, edge->to, label.target);
    }
}

static void propagate_all(struct node_names *names)
{
    while (names->waiting_count) {
        uint32_t kind = names->waiting[names->waiting_start];
        names->waiting_start = (names->waiting_start + 1) % names->kinds.count;
        names->waiting_count--;
        names->is_waiting[kind] = false;
        propagate(names, kind);
    }
}

/* --- where to begin --- */

/* Looks in the modules of the allocating stack: whoever makes an object knows its class. */
static const struct dwarf_type *find_class(struct node_names *names, uint32_t stack,
                                           const char *class)
{
    enum { STACK_NODES = 16 };
    struct symbol_module *before = NULL;
    for (int i = 0; stack && i < STACK_NODES; i++) {
        const struct recording_stack_node *node = recording_stack_node(names->recording, stack);
        struct stacks_place place;
        if (!node)
            return NULL;
        if (stacks_place(names->stacks, stack, &place) && place.module != before) {
            before = place.module;
            struct dwarf_types *types = symbols_types(stacks_symbols(names->stacks), place.module);
            const struct dwarf_type *type = types ? dwarf_types_named(types, class) : NULL;
            if (type)
                return type;
        }
        stack = node->parent;
    }
    return NULL;
}

/* The nearest that explains the block's pointers; none when two do so equally well. */
static const struct site_types_candidate *choose(struct node_names *names,
                                                 const struct node_kind *kind,
                                                 const struct site_types *found,
                                                 struct fit *best_fit)
{
    const struct site_types_candidate *best = NULL;
    for (size_t i = 0; i < found->count; i++) {
        const struct site_types_candidate *candidate = &found->all[i];
        if (best && candidate->distance > best->distance)
            break;
        struct fit fit = fit_of(names, kind, candidate->type, candidate->fit == SITE_TYPES_ARRAY);
        if (fit.score < 0)
            continue;
        if (best && fit.score == best_fit->score)
            return NULL;
        if (!best || fit.score > best_fit->score) {
            best = candidate;
            *best_fit = fit;
        }
    }
    return best;
}

static void begin_with(struct node_names *names, uint32_t index)
{
    const struct node_kind *kind = &names->kinds.all[index];
    const char *class = names->graph->class_names[kind->type];
    uint32_t stack = node_texts_stack_of(names, kind);
    names->all[index].pool = pools_name(names->stacks, names->recording, stack);
    if (names->all[index].pool) /* its first word is of some object in it */
        return;
    const struct dwarf_type *type = class ? find_class(names, stack, class) : NULL;
    if (type && dwarf_type_size(type) <= kind->size_bytes)
        improve(names, index, type, false, RANK_CLASS);
    if (class)
        return;

    struct site_types found;
    site_types_find(&found, names->sites, stack, kind->size_bytes);
    names->all[index].made_for = found.name;
    names->all[index].made_many = found.makes_many;
    struct fit fit = {0};
    const struct site_types_candidate *chosen = choose(names, kind, &found, &fit);
    if (!chosen)
        return;
    static const enum rank ranks[] = {[SITE_TYPES_EXACT] = RANK_SITE,
                                      [SITE_TYPES_ARRAY] = RANK_SITE_ARRAY,
                                      [SITE_TYPES_PREFIX] = RANK_SITE_PREFIX};
    improve(names, index, chosen->type, chosen->fit == SITE_TYPES_ARRAY,
            chosen->is_certain ? RANK_MAKER
            : is_perfect(fit)  ? ranks[chosen->fit]
                               : RANK_DOUBTFUL);
}

struct seeding {
    struct node_names *names;
    struct root_names *roots;
};

/* A block that a variable leads to is named after it when nothing else names it. */
static void visit_root(const struct graph_root *root, void *context)
{
    const struct seeding *seeding = context;
    struct node_names *names = seeding->names;
    uint32_t kind = names->kinds.of_node[root->to];
    if (kind == NODE_KIND_NONE || root->target_offset > LONGEST_HEADER ||
        names->all[kind].rank >= RANK_POINTER)
        return;
    struct edge_label label = root_names_label(seeding->roots, root);
    if (label.is_pointer && label.target && (!root->target_offset || is_opaque(label.target)))
        offer(names, kind, label.target);
}

/* The variables in thread-local storage have types, like those elsewhere. */
static void find_storage(struct node_names *names)
{
    const struct graph *graph = names->graph;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t kind = names->kinds.of_node[node];
        if (!(graph->flags[node] & GRAPH_IS_ROOT) || kind == NODE_KIND_NONE)
            continue;
        const struct thread_storage *storage =
            root_names_storage_in(names->roots, graph->addresses[node], graph->sizes[node]);
        if (!storage)
            continue;
        names->all[kind].storage = storage;
        names->all[kind].storage_offset = storage->start - graph->addresses[node];
        wait_for_turn(names, kind);
    }
}

static void allocate(struct node_names *names)
{
    uint32_t count = names->kinds.count;
    names->all = arena_array(names->scratch, count, sizeof *names->all);
    names->waiting = arena_array(names->scratch, count, sizeof *names->waiting);
    names->is_waiting = arena_array(names->scratch, count, sizeof *names->is_waiting);
}

/* --- blocks of Python's containers --- */

/* What a Python container keeps in a block of its own. */
static const char *python_part(const struct graph *graph, uint32_t type)
{
    static const char *const parts[][2] = {
        {"list", "list buffer"},
        {"bytearray", "bytearray buffer"},
        {"dict", "dict keys"},
        {"set", "set table"},
        {"array.array", "array.array buffer"},
        {"numpy.ndarray", "numpy.ndarray buffer"},
    };
    if (!python_merge_is_type(graph, type))
        return NULL;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(graph->type_names[type], parts[i][0]) == 0)
            return parts[i][1];
    return NULL;
}

static void find_python_parts(struct node_names *names)
{
    const struct graph *graph = names->graph;
    for (uint32_t i = 0; i < names->kinds.count; i++) {
        const struct node_kind *kind = &names->kinds.all[i];
        const char *part = python_part(graph, kind->type);
        for (uint32_t k = 0; part && k < kind->edge_count; k++) {
            const struct node_kind_edge *edge = &names->kinds.edges[kind->first_edge + k];
            if (!python_merge_label(graph, names->scratch, edge->offset))
                names->all[edge->to].python_part = part;
        }
    }
}

struct node_names *node_names_find(struct arena *arena, struct arena *scratch,
                                   const struct node_names_input *input, struct error *error)
{
    struct node_names *names = arena_alloc(scratch, sizeof *names);
    const struct graph *graph = input->graph;
    struct seeding seeding = {names, input->roots};
    names->arena = arena;
    names->scratch = scratch;
    names->graph = graph;
    names->recording = graph->recording;
    names->stacks = input->stacks;
    names->roots = input->roots;
    names->sites = site_types_new(scratch, names->stacks, names->recording);
    if (!node_kinds_find(&names->kinds, scratch, graph, input->part, error))
        return NULL;
    allocate(names);
    for (uint32_t kind = 0; kind < names->kinds.count; kind++)
        begin_with(names, kind);
    if (names->roots && !graph_read_roots(graph, scratch, visit_root, &seeding, error))
        return NULL;
    if (names->roots)
        find_storage(names);
    propagate_all(names);
    find_python_parts(names);
    return names;
}

/* --- what others ask --- */

uint32_t node_names_kind(const struct node_names *names, uint32_t node)
{
    return names->kinds.of_node[node];
}

uint32_t node_names_kind_count(const struct node_names *names)
{
    return names->kinds.count;
}

const char *node_names_type(struct node_names *names, uint32_t node)
{
    uint32_t kind = names->kinds.of_node[node];
    return kind == NODE_KIND_NONE ? NULL : node_texts_of_kind(names, kind);
}

static const struct name *name_of(const struct node_names *names, uint32_t node)
{
    static const struct name nothing;
    uint32_t kind = names->kinds.of_node[node];
    return kind == NODE_KIND_NONE ? &nothing : &names->all[kind];
}

bool node_names_is_certain(const struct node_names *names, uint32_t node)
{
    const struct name *name = name_of(names, node);
    enum rank rank = name->rank;
    bool by_new = names->graph->flags[node] & (GRAPH_BY_NEW | GRAPH_BY_NEW_ARRAY);
    bool has_size = rank == RANK_SITE || rank == RANK_POINTER || rank == RANK_POINTER_ARRAY;
    return name->storage || rank >= RANK_MAKER || (by_new && has_size);
}

uint64_t node_names_element_bytes(const struct node_names *names, uint32_t node)
{
    const struct name *name = name_of(names, node);
    return name->type && name->is_array ? dwarf_type_size(name->type) : 0;
}

const char *node_names_made_for(const struct node_names *names, uint32_t node)
{
    const struct name *name = name_of(names, node);
    return name->type ? NULL : name->made_for;
}

struct edge_label node_names_edge(struct node_names *names, uint32_t node, uint64_t offset)
{
    const char *reference = python_merge_label(names->graph, names->arena, offset);
    if (reference)
        return (struct edge_label){.text = reference, .is_pointer = true};
    uint32_t kind = names->kinds.of_node[node];
    const struct name *name = kind == NODE_KIND_NONE ? NULL : &names->all[kind];
    return name ? label_at(names, names->arena, name, offset) : (struct edge_label){0};
}
