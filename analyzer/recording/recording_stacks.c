/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/recording_stacks.h"

#include <inttypes.h>

enum { OWN_MASK = (1 << RECORDING_OWN_FRAMES_BITS) - 1, FAR_WORDS = 4 };

struct stacks_builder {
    struct recording *recording;
    struct recording_stack_node *nodes;
    uint64_t node_count, room; /* of nodes, one per word: a frame takes at least one word */
    uint32_t *first_nodes;   /* by a stack's id: the node of its outermost own frame, 0 when it was
                                not read yet */
    struct raw_stack *chain; /* stacks to read, each before those further in */
    size_t chain_length, chain_capacity;
    struct error *error;
};

/* A stack's words as they are in the file. */
struct raw_stack {
    uint32_t id, base, kept, own;
    const uint32_t *at, *end; /* its frames, up to the end of the chunk */
    uint64_t offset;
    uint32_t kept_of_base; /* once its base was checked */
};

/* False when there is no such stack. */
static bool find_stack(const struct stacks_builder *builder, uint32_t id, struct raw_stack *stack)
{
    const struct recording_piece *piece =
        recording_piece_of(&builder->recording->records[RECORDING_CHUNK_STACKS], id);
    if (!piece ||
        id - piece->first + sizeof(struct recording_stack) / sizeof(uint32_t) > piece->count)
        return false;
    const uint32_t *words = (const uint32_t *)piece->records + (id - piece->first);
    *stack = (struct raw_stack){
        .id = id,
        .base = words[0],
        .kept = words[1] >> RECORDING_OWN_FRAMES_BITS,
        .own = words[1] & OWN_MASK,
        .at = words + sizeof(struct recording_stack) / sizeof(uint32_t),
        .end = (const uint32_t *)piece->records + piece->count,
        .offset = piece->offset + (id - piece->first) * sizeof(uint32_t),
    };
    return true;
}

static bool damaged(const struct stacks_builder *builder, const struct raw_stack *stack,
                    const char *what, uint32_t number)
{
    return error_set(builder->error, "%.200s: damaged at offset %" PRIu64 ": stack %u %s %u",
                     builder->recording->path, stack->offset, stack->id, what, number);
}

/* Checks the frames that it takes from its base: the last must be one of the base's own. */
static bool check_base(const struct stacks_builder *builder, struct raw_stack *stack)
{
    struct raw_stack base;
    if (stack->base == 0)
        return stack->kept == 0 ||
               damaged(builder, stack, "has no stack to take frames from, frames:", stack->kept);
    if (stack->base >= stack->id)
        return damaged(builder, stack, "starts like stack", stack->base);
    if (!find_stack(builder, stack->base, &base))
        return damaged(builder, stack, "starts like a missing stack,", stack->base);
    if (stack->kept <= base.kept || stack->kept > base.kept + base.own)
        return damaged(builder, stack, "takes frames that are not its own from stack", stack->base);
    stack->kept_of_base = base.kept;
    return true;
}

/* The node of the innermost frame that it takes from its base, which was checked and read before.
 */
static uint32_t node_of_base(const struct stacks_builder *builder, const struct raw_stack *stack)
{
    if (stack->base == 0)
        return 0;
    return builder->first_nodes[stack->base] + (stack->kept - stack->kept_of_base - 1);
}

static bool read_frame(const struct stacks_builder *builder, struct raw_stack *stack,
                       const struct recording_stack_node *caller, struct recording_stack_node *node)
{
    bool is_far = stack->at < stack->end && *stack->at & 1;
    size_t words = is_far ? FAR_WORDS : 1;
    if (builder->node_count == builder->room)
        return damaged(builder, stack, "uses words of another stack; frames:", stack->own);
    if ((size_t)(stack->end - stack->at) < words)
        return damaged(builder, stack, "does not end in its chunk; frames:", stack->own);
    if ((is_far && *stack->at != RECORDING_FAR_FRAME) || (!is_far && caller == builder->nodes))
        return damaged(builder, stack, "has an invalid frame:", *stack->at);
    node->parent = (uint32_t)(caller - builder->nodes);
    node->pc = is_far ? stack->at[2] | (uint64_t)stack->at[3] << 32
                      : caller->pc + (uint64_t)((int64_t)(int32_t)*stack->at >> 1);
    node->module_and_flags = is_far ? stack->at[1] : caller->module_and_flags;
    stack->at += words;
    uint32_t module = node->module_and_flags & RECORDING_NO_MODULE;
    if (is_far && module != RECORDING_NO_MODULE && !recording_module(builder->recording, module))
        return damaged(builder, stack, "has a frame in a missing module,", module);
    uint64_t code = node->pc >> RECORDING_LINE_BITS;
    if (node->module_and_flags & RECORDING_STACK_PYTHON &&
        !recording_code(builder->recording, code))
        return damaged(builder, stack, "has a frame of missing Python code,", (uint32_t)code);
    return true;
}

static bool read_own_frames(struct stacks_builder *builder, struct raw_stack *stack)
{
    const struct recording_stack_node *caller = &builder->nodes[node_of_base(builder, stack)];
    builder->first_nodes[stack->id] = (uint32_t)builder->node_count;
    for (uint32_t i = 0; i < stack->own; i++) {
        struct recording_stack_node *node = &builder->nodes[builder->node_count];
        if (!read_frame(builder, stack, caller, node))
            return false;
        caller = node;
        builder->node_count++;
    }
    return true;
}

static void push_chain(struct stacks_builder *builder, const struct raw_stack *stack)
{
    builder->chain = arena_grow(builder->recording->arena, builder->chain, builder->chain_length,
                                &builder->chain_capacity, sizeof *builder->chain);
    builder->chain[builder->chain_length++] = *stack;
}

/* Reads the stacks that this one builds on, then this one. */
static bool read_chain(struct stacks_builder *builder, uint32_t id)
{
    struct raw_stack stack;
    builder->chain_length = 0;
    while (id != 0 && builder->first_nodes[id] == 0) {
        if (!find_stack(builder, id, &stack) || !check_base(builder, &stack))
            return false;
        push_chain(builder, &stack);
        id = stack.base;
    }
    while (builder->chain_length > 0)
        if (!read_own_frames(builder, &builder->chain[--builder->chain_length]))
            return false;
    return true;
}

/* Replaces the stack's id by the node. */
static bool resolve(struct stacks_builder *builder, uint32_t *stack_id, const char *whose,
                    uint64_t whose_id, uint64_t offset)
{
    struct raw_stack stack;
    uint32_t id = *stack_id;
    if (id == 0)
        return true;
    if (!find_stack(builder, id, &stack))
        return error_set(builder->error,
                         "%.200s: damaged at offset %" PRIu64 ": %s %" PRIu64
                         " with stack %u, which is missing",
                         builder->recording->path, offset, whose, whose_id, id);
    if (!read_chain(builder, id) || !check_base(builder, &stack))
        return false;
    *stack_id =
        stack.own > 0 ? builder->first_nodes[id] + stack.own - 1 : node_of_base(builder, &stack);
    return true;
}

static bool resolve_sites(struct stacks_builder *builder)
{
    const struct recording_records *records = &builder->recording->records[RECORDING_CHUNK_SITES];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        struct recording_site *sites = piece->records;
        for (uint64_t k = 0; k < piece->count; k++)
            if (!resolve(builder, &sites[k].stack, "site", piece->first + k,
                         piece->offset + k * sizeof *sites))
                return false;
    }
    return true;
}

static bool resolve_errors(struct stacks_builder *builder)
{
    const struct recording_records *records = &builder->recording->records[RECORDING_CHUNK_ERRORS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        struct recording_error *errors = piece->records;
        for (uint64_t k = 0; k < piece->count; k++)
            if (!resolve(builder, &errors[k].stack, "error", piece->first + k,
                         piece->offset + k * sizeof *errors) ||
                !resolve(builder, &errors[k].first_freed, "error", piece->first + k,
                         piece->offset + k * sizeof *errors))
                return false;
    }
    return true;
}

bool recording_stacks_build(struct recording *recording, struct error *error)
{
    const struct recording_records *words = &recording->records[RECORDING_CHUNK_STACKS];
    struct stacks_builder builder = {
        .recording = recording, .node_count = 1, .room = 1, .error = error};
    for (size_t i = 0; i < words->piece_count; i++)
        builder.room += words->pieces[i].count;
    builder.nodes = arena_array(recording->arena, builder.room, sizeof *builder.nodes);
    struct arena *scratch = arena_child(recording->arena);
    builder.first_nodes = arena_array(scratch, words->end + 1, sizeof *builder.first_nodes);
    bool done = resolve_sites(&builder) && resolve_errors(&builder);
    arena_free(scratch);
    recording->stack_nodes = builder.nodes;
    recording->stack_node_count = builder.node_count;
    return done;
}
