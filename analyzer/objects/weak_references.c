/* SPDX-License-Identifier: MIT */
/*
 * In one piece: trial deletion reads as one argument, from the words of a control block to what
 * stays lost; types (word_roles.h) and doubts (weak_doubts.h) stand apart.
 */
#include "analyzer/objects/weak_references.h"

#include <string.h>

#include "analyzer/objects/weak_doubts.h"
#include "analyzer/objects/word_roles.h"

enum { NOBODY = UINT32_MAX, POINTER_BYTES = 8, HEADER_BYTES = 16, FIRST_OWN_BYTES = 24 };

/* What is found of one control block. Words are pointers to its start: the second half of a
   shared_ptr or weak_ptr. */
struct control {
    uint32_t object;    /* node in which its object lies */
    uint32_t words;     /* all of them */
    uint32_t own_words; /* in the object itself */
    uint32_t weak, strong, sure;
    enum word_role others; /* what the counts say of words that no type tells of */
    bool is_settled;       /* the owners are known, and no word too many was found */
};

/* One pointer, from a block or a root. */
struct pointer {
    uint32_t holder; /* NOBODY: a root */
    uint32_t to;
    uint32_t kind;  /* of a root */
    uint64_t place; /* offset in the holder; of a root its address */
    uint64_t target_offset;
};

/* A word as it was classified, by its place among all words: enum word_role, and this. */
enum { WORD_ROLE = 15, WORD_IS_PAIR = 16 };

struct cutter {
    struct weak_references *weak;
    struct arena *scratch;
    struct control *controls; /* by control block */
    uint32_t *of_node;        /* control block + 1 */
    uint32_t *used;           /* by node: bytes of it that a vector uses, + 1; 0: not known */
    struct word_roles *roles;
    uint8_t *words;
    size_t word_count, word_capacity;
    size_t next_word, next_pointer; /* while they are read again */
    struct pointer before;
    uint64_t *cut; /* bits of the pointers at hand */
    struct weak_doubts doubts;
};

static struct control *control_of(const struct cutter *cutter, uint32_t node)
{
    uint32_t number = cutter->of_node[node];
    return number ? &cutter->controls[number - 1] : NULL;
}

static const struct control_block *block_of(const struct cutter *cutter,
                                            const struct control *control)
{
    return &cutter->weak->blocks.all[control - cutter->controls];
}

/* --- reading --- */

typedef void pointer_visitor(struct cutter *cutter, const struct pointer *pointer,
                             const struct graph_root *root);
struct reading {
    struct cutter *cutter;
    pointer_visitor *visit;
};

static void visit_edge(const struct graph_edge *edge, void *context)
{
    struct reading *reading = context;
    struct pointer pointer = {edge->from, edge->to, 0, edge->offset, edge->target_offset};
    reading->visit(reading->cutter, &pointer, NULL);
    reading->cutter->before = pointer;
    reading->cutter->next_pointer++;
}

static void visit_root(const struct graph_root *root, void *context)
{
    struct reading *reading = context;
    struct pointer pointer = {NOBODY, root->to, root->kind, root->address, root->target_offset};
    reading->visit(reading->cutter, &pointer, root);
    reading->cutter->before = pointer;
    reading->cutter->next_pointer++;
}

static void begin(struct cutter *cutter)
{
    cutter->before = (struct pointer){.holder = NOBODY};
    cutter->next_pointer = 0;
}

static bool read_edges(struct cutter *cutter, pointer_visitor *visit, struct error *error)
{
    const struct weak_references *weak = cutter->weak;
    struct reading reading = {cutter, visit};
    begin(cutter);
    return graph_read_edges(weak->graph, cutter->scratch, visit_edge, &reading, error);
}

static bool read_roots(struct cutter *cutter, pointer_visitor *visit, struct error *error)
{
    const struct weak_references *weak = cutter->weak;
    struct reading reading = {cutter, visit};
    begin(cutter);
    return graph_read_roots(weak->graph, cutter->scratch, visit_root, &reading, error);
}

/* --- what there is --- */

static void number_controls(struct cutter *cutter)
{
    const struct control_blocks *blocks = &cutter->weak->blocks;
    cutter->controls = arena_array(cutter->scratch, blocks->count, sizeof *cutter->controls);
    cutter->of_node =
        arena_array(cutter->scratch, cutter->weak->graph->node_count, sizeof *cutter->of_node);
    cutter->used =
        arena_array(cutter->scratch, cutter->weak->graph->node_count, sizeof *cutter->used);
    for (uint32_t i = 0; i < blocks->count; i++) {
        const struct control_block *block = &blocks->all[i];
        if (block->weak == 0) /* nothing to be told apart */
            continue;
        cutter->of_node[block->node] = i + 1;
        cutter->controls[i].object = block->is_inside ? block->node : NOBODY;
    }
}

static bool is_next_to(const struct pointer *before, const struct pointer *pointer)
{
    return before->holder == pointer->holder && before->kind == pointer->kind &&
           before->kind != RECORDING_ROOT_REGISTER &&
           before->place + POINTER_BYTES == pointer->place;
}

/* A vector's beginning and end, one beside the other. */
static void note_used(struct cutter *cutter, const struct pointer *pointer)
{
    const struct pointer *before = &cutter->before;
    bool is_vector = cutter->next_pointer > 0 && is_next_to(before, pointer) &&
                     before->to == pointer->to && before->target_offset == 0;
    if (is_vector && pointer->target_offset < UINT32_MAX &&
        pointer->target_offset >= cutter->used[pointer->to])
        cutter->used[pointer->to] = (uint32_t)pointer->target_offset + 1;
}

/* A popped element keeps its words: they are nobody's. */
static bool is_popped(const struct cutter *cutter, const struct pointer *pointer)
{
    uint32_t used = pointer->holder == NOBODY ? 0 : cutter->used[pointer->holder];
    return used && pointer->place + 1 >= used;
}

static struct control *word_to(const struct cutter *cutter, const struct pointer *pointer)
{
    return pointer->target_offset == 0 ? control_of(cutter, pointer->to) : NULL;
}

static void count_word(struct cutter *cutter, const struct pointer *pointer,
                       const struct graph_root *root)
{
    struct control *control = word_to(cutter, pointer);
    (void)root;
    if (!control)
        return;
    control->words++;
    control->own_words += pointer->holder == pointer->to;
}

static void count_edge(struct cutter *cutter, const struct pointer *pointer,
                       const struct graph_root *root)
{
    struct control *from = control_of(cutter, pointer->holder);
    const struct control_block *block = from ? block_of(cutter, from) : NULL;
    if (block && !block->is_inside && block->object_offset == pointer->place)
        from->object = pointer->to;
    note_used(cutter, pointer);
    count_word(cutter, pointer, root);
}

/*
 * While the destructor runs, the owners together still count as one weak reference, which no word
 * stands for. Afterwards only the memory is kept: what it holds was let go.
 */
static bool is_expired(const struct cutter *cutter, const struct control *control)
{
    const struct control_block *block = block_of(cutter, control);
    return block->owners == 0 && control->words - control->own_words == block->weak;
}

/* True when types must be asked: some object still lives, or is to be told of. */
static bool mark_expired(struct cutter *cutter)
{
    struct graph *graph = cutter->weak->graph;
    struct weak_references *weak = cutter->weak;
    bool has_living = false;
    uint8_t *flags = arena_array(cutter->scratch, graph->node_count, sizeof *flags);
    memcpy(flags, graph->flags, graph->node_count * sizeof *flags);
    for (uint32_t i = 0; i < cutter->weak->blocks.count; i++) {
        const struct control_block *block = &cutter->weak->blocks.all[i];
        if (block->weak && is_expired(cutter, &cutter->controls[i])) {
            flags[block->node] |= GRAPH_EXPIRED;
            weak->has_expired |= block->is_inside;
        }
        has_living = has_living || (block->weak && block->owners);
    }
    graph->flags = flags;
    return has_living || weak->has_expired;
}

/* --- what types tell --- */

/* The word before it leads to the object that the control block is of. */
static bool is_pair(const struct cutter *cutter, const struct control *control,
                    const struct pointer *pointer)
{
    const struct pointer *before = &cutter->before;
    if (pointer->holder == pointer->to)
        return true; /* nobody else has the address of a control block in its object */
    return cutter->next_pointer > 0 && is_next_to(before, pointer) && control->object != NOBODY &&
           before->to == control->object;
}

/* enable_shared_from_this, which comes first in most classes: a weak_ptr to the object around it.
 */
static bool is_own(const struct cutter *cutter, const struct control *control,
                   const struct pointer *pointer)
{
    const struct control_block *block = block_of(cutter, control);
    uint64_t start = block->is_inside ? block->object_offset : 0;
    return pointer->holder != NOBODY && pointer->holder == control->object &&
           pointer->place <= start + FIRST_OWN_BYTES;
}

static enum word_role role_of(struct cutter *cutter, const struct control *control,
                              const struct pointer *pointer, const struct graph_root *root,
                              bool is_in_pair)
{
    if (!cutter->roles)
        return WORD_UNKNOWN;
    enum word_role role = root ? word_roles_of_root(cutter->roles, root)
                               : word_roles_of(cutter->roles, pointer->holder, pointer->place);
    return role == WORD_UNKNOWN && is_in_pair && is_own(cutter, control, pointer) ? WORD_WEAK
                                                                                  : role;
}

static void classify(struct cutter *cutter, const struct pointer *pointer,
                     const struct graph_root *root)
{
    struct control *control = word_to(cutter, pointer);
    if (!control)
        return;
    bool is_in_pair = is_pair(cutter, control, pointer);
    enum word_role role = role_of(cutter, control, pointer, root, is_in_pair);
    control->weak += role == WORD_WEAK;
    if ((role == WORD_STRONG_SLOT || role == WORD_UNKNOWN) && is_popped(cutter, pointer))
        role = WORD_POPPED;
    control->words -= role == WORD_POPPED;
    control->strong += role == WORD_STRONG || role == WORD_STRONG_SLOT;
    control->sure += role == WORD_STRONG;
    cutter->words = arena_grow(cutter->scratch, cutter->words, cutter->word_count,
                               &cutter->word_capacity, sizeof *cutter->words);
    cutter->words[cutter->word_count++] = (uint8_t)(role | (is_in_pair ? WORD_IS_PAIR : 0));
}

/* --- what the counts tell --- */

/* Where every reference that is counted was found, and as many of them are known to be of one sort
   as it has, the others are of the other sort. */
static void settle(struct cutter *cutter, struct control *control)
{
    const struct control_block *block = block_of(cutter, control);
    bool is_complete = control->words == (uint64_t)block->owners + block->weak;
    if (is_complete && control->weak == block->weak) {
        control->others = WORD_STRONG_SLOT;
        control->strong = block->owners;
    } else if (is_complete && control->strong == block->owners) {
        control->others = WORD_WEAK;
        control->weak = block->weak;
    }
    control->is_settled =
        control->strong == block->owners && control->words <= (uint64_t)block->owners + block->weak;
}

/* Whether an owner may hide where no scan finds it: behind an xor, at an odd address. Words that
   nothing is known of may be owners only as far as none of the words counted is missing. */
static bool may_hide(const struct control *control, const struct control_block *block)
{
    bool is_complete = control->words >= (uint64_t)block->owners + block->weak;
    return (is_complete ? control->words - control->weak : control->strong) < block->owners;
}

/* Whether a word keeps the object. What nothing is known of does unless all owners are known, and
   so does a word that is no half of a pair: a raw pointer may be an owner's way to the object. */
static bool conducts(const struct cutter *cutter, const struct control *control, unsigned word)
{
    const struct control_block *block = block_of(cutter, control);
    enum word_role role = (enum word_role)(word & WORD_ROLE);
    if (role == WORD_UNKNOWN)
        role = control->others;
    if (block->owners == 0)
        return true; /* of the memory */
    if (role == WORD_WEAK)
        return may_hide(control, block);
    return role != WORD_UNKNOWN || !(word & WORD_IS_PAIR) || !control->is_settled;
}

static bool is_doubtful(const struct control *control, const struct control_block *block,
                        unsigned word)
{
    return block->owners && !control->is_settled && control->others == WORD_UNKNOWN &&
           word == (WORD_UNKNOWN | WORD_IS_PAIR);
}

/* --- cutting --- */

static void set(uint64_t *bits, size_t place)
{
    bits[place / 64] |= (uint64_t)1 << place % 64;
}

/* The whole smart pointer: of one with a type the word before belongs to it, too, wherever it leads
   (the aliasing constructor). */
static void set_words(const struct cutter *cutter, uint64_t *bits, const struct pointer *pointer,
                      unsigned word)
{
    bool has_type = (word & WORD_ROLE) != WORD_UNKNOWN;
    set(bits, cutter->next_pointer);
    if ((has_type || word & WORD_IS_PAIR) && cutter->next_pointer > 0 &&
        is_next_to(&cutter->before, pointer))
        set(bits, cutter->next_pointer - 1);
}

/* What stacks and registers have of the counts is left over from a copy or a look at them, when all
   owners are known: nobody borrows a control block. */
static bool is_left_over(const struct cutter *cutter, const struct pointer *pointer,
                         const struct graph_root *root)
{
    const struct control *control = root ? control_of(cutter, pointer->to) : NULL;
    bool is_on_stack =
        control && (root->kind == RECORDING_ROOT_STACK || root->kind == RECORDING_ROOT_REGISTER);
    return is_on_stack && control->sure == block_of(cutter, control)->owners && control->sure &&
           pointer->target_offset < HEADER_BYTES;
}

static void decide(struct cutter *cutter, const struct pointer *pointer,
                   const struct graph_root *root)
{
    struct control *control = word_to(cutter, pointer);
    if (is_left_over(cutter, pointer, root) && !control)
        set(cutter->cut, cutter->next_pointer);
    if (pointer->holder != NOBODY && cutter->weak->graph->flags[pointer->holder] & GRAPH_EXPIRED)
        set(cutter->cut, cutter->next_pointer);
    if (!control)
        return;
    unsigned word = cutter->words[cutter->next_word++];
    const struct control_block *block = block_of(cutter, control);
    bool is_unknown = (word & WORD_ROLE) == WORD_UNKNOWN;
    if (!conducts(cutter, control, word) || (is_unknown && is_left_over(cutter, pointer, root)))
        set_words(cutter, cutter->cut, pointer, word);
    else if (block->owners == 0 && word & WORD_IS_PAIR && is_expired(cutter, control) &&
             is_next_to(&cutter->before, pointer))
        set(cutter->cut, cutter->next_pointer - 1);
    else if (is_doubtful(control, block, word)) {
        set_words(cutter, pointer->holder == NOBODY ? cutter->doubts.roots : cutter->doubts.edges,
                  pointer, word);
        weak_doubts_add(&cutter->doubts, pointer->holder, (uint32_t)(control - cutter->controls));
    }
}

static bool is_set(const uint64_t *bits, size_t place)
{
    return bits[place / 64] >> place % 64 & 1;
}

static void cut_edges(struct graph *graph, struct arena *scratch, const uint64_t *cut)
{
    uint32_t *starts = arena_array(scratch, (size_t)graph->node_count + 1, sizeof *starts);
    uint32_t *targets = arena_array(scratch, graph->edge_count, sizeof *targets);
    uint32_t kept = 0;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        starts[node] = kept;
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            if (!is_set(cut, edge))
                targets[kept++] = graph->targets[edge];
    }
    starts[graph->node_count] = kept;
    graph->cut_edges = cut;
    graph->cut_edge_count = graph->edge_count - kept;
    graph->edge_count = kept;
    graph->edge_starts = starts;
    graph->targets = targets;
}

static void cut_roots(struct graph *graph, struct arena *scratch, const uint64_t *cut)
{
    uint32_t *roots = arena_array(scratch, graph->root_count, sizeof *roots);
    uint64_t *offsets = arena_array(scratch, graph->root_count, sizeof *offsets);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < graph->root_count; i++) {
        if (is_set(cut, i))
            continue;
        roots[kept] = graph->roots[i];
        offsets[kept++] = graph->root_offsets[i];
    }
    graph->cut_roots = cut;
    graph->root_count = kept;
    graph->roots = roots;
    graph->root_offsets = offsets;
}

static uint64_t *bits_new(struct arena *scratch, size_t count)
{
    return arena_array(scratch, count / 64 + 1, sizeof(uint64_t));
}

static void count_doubts(const struct cutter *cutter, const uint64_t *edges, const uint64_t *roots)
{
    struct weak_references *weak = cutter->weak;
    struct doubtful_object *objects =
        arena_array(cutter->scratch, weak->blocks.count, sizeof *objects);
    for (uint32_t i = 0; i < weak->blocks.count; i++)
        objects[i] = (struct doubtful_object){cutter->controls[i].object,
                                              cutter->controls[i].words - cutter->controls[i].weak};
    weak->doubtful =
        weak_doubts_count(&cutter->doubts, weak->graph, edges, roots, &weak->blocks, objects);
}

static bool cut(struct cutter *cutter, struct error *error)
{
    struct graph *graph = cutter->weak->graph;
    struct arena *scratch = cutter->scratch;
    uint64_t *edges = bits_new(scratch, graph->edge_count);
    uint64_t *roots = bits_new(scratch, graph->root_count);
    cutter->doubts = (struct weak_doubts){
        .arena = scratch,
        .edges = bits_new(scratch, graph->edge_count),
        .roots = bits_new(scratch, graph->root_count),
    };
    cutter->next_word = 0;
    cutter->cut = edges;
    if (!read_edges(cutter, decide, error))
        return false;
    cutter->cut = roots;
    if (!read_roots(cutter, decide, error))
        return false;
    count_doubts(cutter, edges, roots);
    cut_edges(graph, scratch, edges);
    cut_roots(graph, scratch, roots);
    return true;
}

/* --- all together --- */

static bool find_names(struct weak_references *weak, struct arena *arena, struct arena *scratch,
                       struct error *error)
{
    const struct recording *recording = weak->graph->recording;
    const struct thread_places *places =
        thread_places_load(scratch, recording, weak->graph->snapshot->number, error);
    if (!places)
        return false;
    weak->roots = root_names_new(arena, recording, weak->stacks, places);
    root_names_use(weak->roots, weak->graph);
    const struct node_names_input named = {
        .graph = weak->graph,
        .stacks = weak->stacks,
        .roots = weak->roots,
    };
    weak->names = node_names_find(arena, scratch, &named, error);
    return weak->names != NULL;
}

bool weak_references_cut(struct weak_references *weak, struct arena *arena, struct arena *scratch,
                         struct error *error)
{
    struct cutter cutter = {.weak = weak, .scratch = scratch};
    if (!control_blocks_load(&weak->blocks, scratch, weak->graph, error))
        return false;
    if (!weak->blocks.has_weak)
        return true;
    number_controls(&cutter);
    if (!read_edges(&cutter, count_edge, error) || !read_roots(&cutter, count_word, error))
        return false;
    if (mark_expired(&cutter)) {
        if (!find_names(weak, arena, scratch, error))
            return false;
        cutter.roles = word_roles_new(scratch, weak->names, weak->roots);
    }
    if (!read_edges(&cutter, classify, error) || !read_roots(&cutter, classify, error))
        return false;
    for (uint32_t i = 0; i < weak->blocks.count; i++)
        settle(&cutter, &cutter.controls[i]);
    return cut(&cutter, error);
}
