/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/stack_digests.h"

#include "analyzer/symbols/frame_kind.h"
#include "analyzer/sites/python_frames.h"

/* What the frames with a source say, from a node outward. */
struct sourced {
    const struct frame *line, *place;
    const struct frame *own;    /* frame_is_own_without_line() inward of the place */
    const struct frame *python; /* the outermost Python frame; only set when there is no place */
    bool is_known;
};

/* For stacks in which no frame has a source. */
struct choice {
    const struct frame *first; /* the first that is no operator, or the last one when all are */
    const struct frame *named, *any;
    bool is_malloc; /* a library's own malloc: what it calls does not count */
};

/* What the frames of one address say; most stacks share most of their addresses. */
struct known {
    struct known *next; /* in the same bucket */
    const struct symbol_frames *frames;
    bool without_interpreter;
    struct sourced sourced;
    struct choice choice;
};

enum { KNOWN_BUCKETS = 1 << 14 };

struct stack_digests {
    struct arena *arena;
    const struct recording *recording;
    struct stacks *stacks;
    struct sourced *sourced[2]; /* by node: for stacks without and with Python, where the
                                   interpreter is left out */
    uint64_t node_count;
    uint32_t *path; /* nodes whose callers must be looked at first */
    struct known *known[KNOWN_BUCKETS];
};

struct stack_digests *stack_digests_new(struct arena *arena, const struct recording *recording,
                                        struct stacks *stacks)
{
    struct stack_digests *digests = arena_alloc(arena, sizeof *digests);
    digests->arena = arena;
    digests->recording = recording;
    digests->stacks = stacks;
    digests->node_count = recording->stack_node_count;
    for (int python = 0; python < 2; python++)
        digests->sourced[python] =
            arena_array(arena, digests->node_count, sizeof *digests->sourced[python]);
    digests->path = arena_array(arena, digests->node_count, sizeof *digests->path);
    return digests;
}

static uint32_t caller_of(const struct stack_digests *digests, uint32_t node)
{
    const struct recording_stack_node *record = recording_stack_node(digests->recording, node);
    return record ? record->parent : 0;
}

static void choose_from(struct choice *choice, const struct symbol_frames *found)
{
    for (size_t i = 0; i < found->count && !choice->named; i++) {
        const struct frame *frame = &found->frames[i];
        if (!choice->first || frame_is_operator(choice->first->function))
            choice->first = frame;
        if (frame_is_malloc_of_library(frame)) {
            choice->is_malloc = true;
            choice->any = NULL;
        }
        if (frame_is_machinery(frame))
            continue;
        if (frame->function)
            choice->named = frame;
        if (!choice->any)
            choice->any = frame;
    }
}

static void tell(struct known *known)
{
    struct sourced *own = &known->sourced;
    for (size_t i = 0; i < known->frames->count && !own->place; i++) {
        const struct frame *frame = &known->frames->frames[i];
        if (known->without_interpreter && python_frames_is_interpreter(frame))
            continue;
        if (frame->language == FRAME_PYTHON)
            own->python = frame;
        if (!own->line && frame_has_own_source(frame))
            own->line = frame;
        if (frame_is_machinery(frame))
            continue;
        if (frame->file)
            own->place = frame;
        else if (!own->own && frame_is_own_without_line(frame))
            own->own = frame;
    }
}

static const struct known *known_of(struct stack_digests *digests,
                                    const struct symbol_frames *frames, bool without_interpreter)
{
    size_t hash = (size_t)((uintptr_t)frames * UINT64_C(0x9e3779b97f4a7c15) >> 40);
    struct known **bucket = &digests->known[hash % KNOWN_BUCKETS];
    for (struct known *known = *bucket; known; known = known->next)
        if (known->frames == frames && known->without_interpreter == without_interpreter)
            return known;
    struct known *known = arena_alloc(digests->arena, sizeof *known);
    *known = (struct known){
        .next = *bucket, .frames = frames, .without_interpreter = without_interpreter};
    tell(known);
    choose_from(&known->choice, frames);
    return *bucket = known;
}

/* Adds the frames between a node and the one that it called (0: the allocator). */
static void add_jumped(struct stack_digests *digests, uint32_t node, uint32_t called,
                       struct sourced *own)
{
    const struct symbol_frames *frames;
    for (size_t jump = 0; node && !own->place; jump++) {
        if (!(frames = stacks_jumped(digests->stacks, node, called, jump)))
            return;
        const struct sourced *jumped = &known_of(digests, frames, false)->sourced;
        own->place = jumped->place;
        if (!own->line)
            own->line = jumped->line;
    }
}

static void look_at(struct stack_digests *digests, uint32_t node, bool with_python,
                    struct sourced *own)
{
    uint32_t flags = stacks_module_flags(digests->stacks, node);
    bool is_ours = flags & RECORDING_MODULE_SHIM;
    bool without_interpreter = with_python && (flags & RECORDING_MODULE_PYTHON);
    *own = (struct sourced){0};
    if (!is_ours &&
        (stacks_may_have_source(digests->stacks, node) || stacks_is_own(digests->stacks, node)))
        *own =
            known_of(digests, stacks_frames(digests->stacks, node), without_interpreter)->sourced;
    if (!own->place && !with_python)
        add_jumped(digests, caller_of(digests, node), is_ours ? 0 : node, own);
}

/* Looks at callers only until a place is found. */
static const struct sourced *find_sourced(struct stack_digests *digests, uint32_t node,
                                          bool with_python)
{
    static const struct sourced outside = {.is_known = true};
    const struct sourced *callers = &outside;
    struct sourced *by_node = digests->sourced[with_python];
    size_t length = 0;
    for (; node && node < digests->node_count; node = caller_of(digests, node)) {
        struct sourced *own = &by_node[node];
        if (!own->is_known)
            look_at(digests, node, with_python, own);
        if (own->is_known || own->place) {
            own->is_known = true;
            callers = own;
            break;
        }
        digests->path[length++] = node;
    }
    while (length) {
        struct sourced *own = &by_node[digests->path[--length]];
        own->place = callers->place;
        if (!own->own)
            own->own = callers->own;
        if (!own->line)
            own->line = callers->line;
        if (callers->python)
            own->python = callers->python;
        own->is_known = true;
        callers = own;
    }
    return callers;
}

/* --- stacks without a source --- */

static const struct choice *choice_at(struct stack_digests *digests, uint32_t node)
{
    return &known_of(digests, stacks_frames(digests->stacks, node), false)->choice;
}

static void choose_more(struct choice *choice, const struct choice *next)
{
    if (!choice->first || frame_is_operator(choice->first->function))
        choice->first = next->first ? next->first : choice->first;
    if (next->is_malloc && !choice->named)
        choice->any = NULL;
    if (!choice->named)
        choice->named = next->named;
    if (!choice->any)
        choice->any = next->any;
}

/* frame_of_stack() for a stack without a place: makes the same choice node by node. */
static const struct frame *choose_without_source(struct stack_digests *digests, uint32_t node)
{
    struct choice choice = {0};
    for (uint32_t next = node; next && !choice.named; next = caller_of(digests, next)) {
        uint32_t flags = stacks_module_flags(digests->stacks, next);
        bool needed = !choice.first || frame_is_operator(choice.first->function);
        if (flags & RECORDING_MODULE_SHIM)
            continue;
        if (needed || !stacks_is_runtime(digests->stacks, next))
            choose_more(&choice, choice_at(digests, next));
    }
    if (!choice.first && node)
        choose_more(&choice, choice_at(digests, node));
    return frame_choose(choice.named, choice.any ? choice.any : choice.first);
}

/* frame_of_stack() of a stack with a source, or of one that the user's own function is part of. */
static const struct frame *place_of(const struct sourced *sourced)
{
    bool has_own = sourced->own &&
                   (sourced->place ? sourced->place->language == FRAME_NATIVE : !sourced->python);
    return has_own ? sourced->own : sourced->place;
}

struct stack_digest stack_digests_get(struct stack_digests *digests, uint32_t node)
{
    bool with_python = stacks_has_python(digests->stacks, node);
    const struct sourced *sourced = find_sourced(digests, node, with_python);
    struct stack_digest digest = {sourced->line, place_of(sourced)};
    struct sourced jumped = {0};
    if (!with_python && !(stacks_module_flags(digests->stacks, node) & RECORDING_MODULE_SHIM))
        add_jumped(digests, node, 0, &jumped);
    if (jumped.line)
        digest.line = jumped.line;
    if (jumped.place)
        digest.place = jumped.place;
    if (!digest.place)
        digest.place = sourced->python ? sourced->python : choose_without_source(digests, node);
    return digest;
}

struct stack stack_digests_stack(struct arena *arena, const struct stack_digest *digest)
{
    if (!digest->line || digest->line == digest->place)
        return (struct stack){digest->place, digest->place != NULL, true};
    /* An own place is outside of the line; the system's must not hide behind it. */
    bool line_first = frame_has_own_source(digest->place);
    struct frame *frames = arena_array(arena, 2, sizeof *frames);
    frames[!line_first] = *digest->line;
    frames[line_first] = *digest->place;
    return (struct stack){frames, 2, true};
}
