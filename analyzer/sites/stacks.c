/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/stacks.h"

#include <string.h>

#include "analyzer/symbols/frame_kind.h"
#include "analyzer/sites/python_frames.h"

/*
 * Stacks are kept whole. Only when deep ones take more than DEEP_FRAMES together (every level of a
 * deep recursion that allocates is a site of its own) are further ones cut to their innermost
 * frames.
 */
enum { BRIDGE_BUCKETS = 4096 };
enum { DEEP_STACK = 256, DEEP_FRAMES = 256 * 1024, CUT_STACK = 64, DEEPEST_STACK = 70000 };

enum python_found { PYTHON_UNKNOWN, PYTHON_NO, PYTHON_YES };

struct stacks {
    struct arena *arena;
    const struct recording *recording;
    struct symbols *symbols;
    struct symbol_module **modules; /* by index in the recording; NULL: not asked for yet */
    uint32_t *module_flags;         /* by index */
    uint64_t module_count;
    struct frame *frames; /* of the stack being built */
    size_t frame_count, frame_capacity;
    size_t leading; /* how many of its innermost frames are the allocator's */
    struct python_frames *python;
    uint64_t deep_frames; /* how many were handed out in deep stacks */
    uint8_t *pythons;     /* enum python_found by node, from there outward; NULL: no Python */
    uint32_t *path;       /* nodes whose callers must be looked at first */
    struct bridge *bridges[BRIDGE_BUCKETS];
};

/* What the debug info puts between two frames. */
struct bridge {
    struct bridge *next;
    struct symbol_place caller, inner;
    size_t count;
    uint64_t jumps[TAIL_CALLS_MOST];
};

struct stacks *stacks_new(struct arena *arena, const struct recording *recording,
                          struct symbols *symbols)
{
    struct stacks *stacks = arena_alloc(arena, sizeof *stacks);
    stacks->arena = arena;
    stacks->recording = recording;
    stacks->symbols = symbols;
    stacks->module_count = recording->records[RECORDING_CHUNK_MODULES].end;
    stacks->modules = arena_array(arena, stacks->module_count, sizeof(*stacks->modules));
    stacks->module_flags = arena_array(arena, stacks->module_count, sizeof *stacks->module_flags);
    for (uint64_t index = 0; index < stacks->module_count; index++) {
        const struct recording_module *module = recording_module(recording, index);
        stacks->module_flags[index] = module ? module->flags : 0;
    }
    stacks->python = python_frames_new(arena, recording);
    if (recording->records[RECORDING_CHUNK_CODES].piece_count) {
        uint64_t node_count = recording->stack_node_count;
        stacks->pythons = arena_array(arena, node_count, sizeof *stacks->pythons);
        stacks->path = arena_array(arena, node_count, sizeof *stacks->path);
    }
    return stacks;
}

static const struct recording_module *module_of(const struct stacks *stacks,
                                                const struct recording_stack_node *node)
{
    uint32_t index = node->module_and_flags & RECORDING_NO_MODULE;
    return index == RECORDING_NO_MODULE ? NULL : recording_module(stacks->recording, index);
}

uint32_t stacks_module_flags(const struct stacks *stacks, uint32_t id)
{
    const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
    uint32_t index = node ? node->module_and_flags & RECORDING_NO_MODULE : RECORDING_NO_MODULE;
    return index < stacks->module_count ? stacks->module_flags[index] : 0;
}

static struct symbol_module *symbol_module_of(struct stacks *stacks,
                                              const struct recording_module *module, uint32_t index)
{
    if (!stacks->modules[index]) {
        const char *path = recording_text(stacks->recording, stacks->arena, module->path);
        stacks->modules[index] = symbols_module(stacks->symbols, path && *path ? path : "[unknown]",
                                                module->build_id, module->build_id_bytes);
    }
    return stacks->modules[index];
}

/* NULL when the node lies in no file. */
static struct symbol_module *symbol_module_at(struct stacks *stacks, uint32_t id)
{
    const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
    uint32_t index = node ? node->module_and_flags & RECORDING_NO_MODULE : RECORDING_NO_MODULE;
    if (index < stacks->module_count && stacks->modules[index])
        return stacks->modules[index];
    const struct recording_module *module = node ? module_of(stacks, node) : NULL;
    return module ? symbol_module_of(stacks, module, node->module_and_flags & RECORDING_NO_MODULE)
                  : NULL;
}

bool stacks_is_runtime(struct stacks *stacks, uint32_t id)
{
    struct symbol_module *module = symbol_module_at(stacks, id);
    return module && symbols_is_runtime(module);
}

bool stacks_is_own(struct stacks *stacks, uint32_t id)
{
    struct symbol_module *module = symbol_module_at(stacks, id);
    return module && !symbols_is_installed(module);
}

bool stacks_may_have_source(struct stacks *stacks, uint32_t id)
{
    const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
    if (node && python_frames_is_one(node))
        return true;
    struct symbol_module *module = symbol_module_at(stacks, id);
    return module && symbols_has_lines(stacks->symbols, module);
}

const struct symbol_frames *stacks_frames(struct stacks *stacks, uint32_t id)
{
    static const struct symbol_frames none;
    const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
    if (!node || node->pc == 0)
        return &none; /* its record was never finished */
    if (python_frames_is_one(node))
        return python_frames_get(stacks->python, id);
    const struct recording_module *module = module_of(stacks, node);
    bool is_return_address = !(node->module_and_flags & RECORDING_STACK_EXACT_PC);
    if (!module)
        return symbols_find(stacks->symbols, NULL, node->pc, is_return_address);
    return symbols_find(
        stacks->symbols,
        symbol_module_of(stacks, module, node->module_and_flags & RECORDING_NO_MODULE),
        node->pc - module->bias, is_return_address);
}

bool stacks_place(struct stacks *stacks, uint32_t id, struct stacks_place *place)
{
    const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
    const struct recording_module *module = node && node->pc ? module_of(stacks, node) : NULL;
    if (!module)
        return false;
    place->module = symbol_module_of(stacks, module, node->module_and_flags & RECORDING_NO_MODULE);
    place->address = node->pc - module->bias;
    place->is_return_address = !(node->module_and_flags & RECORDING_STACK_EXACT_PC);
    return true;
}

struct symbol_module *stacks_module(struct stacks *stacks, uint64_t index)
{
    const struct recording_module *module = recording_module(stacks->recording, index);
    return module ? symbol_module_of(stacks, module, (uint32_t)index) : NULL;
}

const struct recording *stacks_recording(const struct stacks *stacks)
{
    return stacks->recording;
}

struct symbols *stacks_symbols(const struct stacks *stacks)
{
    return stacks->symbols;
}

static void append(struct stacks *stacks, const struct symbol_frames *found,
                   bool without_interpreter)
{
    for (size_t i = 0; i < found->count; i++) {
        if (without_interpreter && python_frames_is_interpreter(&found->frames[i]))
            continue;
        if (stacks->leading == stacks->frame_count && frame_is_operator(found->frames[i].function))
            stacks->leading++;
        stacks->frames = arena_grow(stacks->arena, stacks->frames, stacks->frame_count,
                                    &stacks->frame_capacity, sizeof *stacks->frames);
        stacks->frames[stacks->frame_count++] = found->frames[i];
    }
}

/* `without_interpreter`: there are Python frames, and they say what the C frames around them do. */
static void append_frames(struct stacks *stacks, uint32_t id, bool without_interpreter)
{
    bool in_python = stacks_module_flags(stacks, id) & RECORDING_MODULE_PYTHON;
    append(stacks, stacks_frames(stacks, id), without_interpreter && in_python);
}

static bool same_place(const struct symbol_place *one, const struct symbol_place *other)
{
    return one->module == other->module && one->address == other->address;
}

static const struct bridge *bridge_between(struct stacks *stacks, const struct symbol_place *caller,
                                           const struct symbol_place *inner)
{
    uint64_t hash = (caller->address + 31 * inner->address) * UINT64_C(0x9e3779b97f4a7c15);
    struct bridge **bucket = &stacks->bridges[(hash >> 40) % BRIDGE_BUCKETS];
    for (struct bridge *bridge = *bucket; bridge; bridge = bridge->next)
        if (same_place(&bridge->caller, caller) && same_place(&bridge->inner, inner))
            return bridge;
    struct bridge *bridge = arena_alloc(stacks->arena, sizeof *bridge);
    bridge->caller = *caller;
    bridge->inner = *inner;
    bridge->count = symbols_tail_calls(stacks->symbols, caller, inner, bridge->jumps);
    bridge->next = *bucket;
    return *bucket = bridge;
}

const struct symbol_frames *stacks_jumped(struct stacks *stacks, uint32_t id, uint32_t called_id,
                                          size_t jump)
{
    struct stacks_place caller, called = {.module = NULL};
    if (!stacks_may_have_source(stacks, id) || !stacks_place(stacks, id, &caller) ||
        !caller.is_return_address || (called_id && !stacks_place(stacks, called_id, &called)))
        return NULL;
    struct symbol_place from = {caller.module, caller.address};
    struct symbol_place inner = {called.module, called.address};
    const struct bridge *bridge = bridge_between(stacks, &from, &inner);
    return jump < bridge->count
               ? symbols_find(stacks->symbols, from.module, bridge->jumps[jump], true)
               : NULL;
}

static void append_jumped(struct stacks *stacks, uint32_t id, uint32_t called_id)
{
    const struct symbol_frames *found;
    for (size_t jump = 0; (found = stacks_jumped(stacks, id, called_id, jump)); jump++)
        append(stacks, found, false);
}

bool stacks_has_python(struct stacks *stacks, uint32_t id)
{
    enum python_found found = PYTHON_NO;
    size_t length = 0;
    if (!stacks->pythons)
        return false;
    while (id && found != PYTHON_YES) {
        const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
        if (!node)
            break;
        if (stacks->pythons[id] != PYTHON_UNKNOWN) {
            found = stacks->pythons[id];
            break;
        }
        if (python_frames_is_one(node))
            found = PYTHON_YES;
        stacks->path[length++] = id;
        id = node->parent;
    }
    while (length)
        stacks->pythons[stacks->path[--length]] = (uint8_t)found;
    return found == PYTHON_YES;
}

/* Such a stack is cut anyway, so frames further out need no lookup. */
static bool is_too_deep(const struct stacks *stacks)
{
    size_t count = stacks->frame_count - stacks->leading;
    return count > DEEP_STACK && stacks->deep_frames + count > DEEP_FRAMES;
}

/* Fills stacks->frames; returns the node where it had to stop, 0 at the end of the stack. */
static uint32_t collect_frames(struct stacks *stacks, uint32_t id, bool with_shim, bool *cut)
{
    bool python = stacks_has_python(stacks, id);
    uint32_t inner = 0;
    stacks->frame_count = stacks->leading = 0;
    while (id && stacks->frame_count < DEEPEST_STACK && !is_too_deep(stacks)) {
        const struct recording_stack_node *node = recording_stack_node(stacks->recording, id);
        bool is_ours = stacks_module_flags(stacks, id) & RECORDING_MODULE_SHIM;
        if (!python && !is_ours)
            append_jumped(stacks, id, inner);
        if (with_shim || !is_ours)
            append_frames(stacks, id, python);
        inner = is_ours ? 0 : id;
        *cut |= (node->module_and_flags & RECORDING_STACK_CUT) != 0;
        id = node->parent;
    }
    return id;
}

static void cut_deep_stack(struct stacks *stacks, struct stack *stack)
{
    if (stack->frame_count <= DEEP_STACK)
        return;
    if (stacks->deep_frames + stack->frame_count > DEEP_FRAMES) {
        stack->frame_count = CUT_STACK;
        stack->cut = true;
    }
    stacks->deep_frames += stack->frame_count;
}

struct stack stacks_get(struct stacks *stacks, uint32_t id)
{
    struct stack stack = {0};
    uint32_t left = collect_frames(stacks, id, false, &stack.cut);
    if (stacks->frame_count == 0)
        left = collect_frames(stacks, id, true, &stack.cut);
    stack.cut |= left != 0;
    if (stacks->frame_count == 0)
        return stack;

    size_t first =
        stacks->leading < stacks->frame_count ? stacks->leading : stacks->frame_count - 1;
    stack.frame_count = stacks->frame_count - first;
    cut_deep_stack(stacks, &stack);
    struct frame *frames = arena_array(stacks->arena, stack.frame_count, sizeof *frames);
    memcpy(frames, stacks->frames + first, stack.frame_count * sizeof *frames);
    stack.frames = frames;
    return stack;
}
