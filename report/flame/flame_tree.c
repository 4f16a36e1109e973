/* SPDX-License-Identifier: MIT */
#include "report/flame/flame_tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/symbols/frame_kind.h"
#include "report/base/intern.h"
#include "report/base/utf8.h"
#include "report/view/labels.h"

/* A function of a module always has the same name, so most frames need no new label. */
struct known_frame {
    const char *function, *module;
    uint64_t offset; /* 0 when there is a function */
    uint32_t name;
};

/* The path of the previous stack. Its neighbour mostly shares the outer frames, and so their nodes.
 */
struct step {
    const char *function, *module;
    uint64_t offset;
    uint32_t node;
};

struct flame_index {
    struct intern children, names, frames;
    struct known_frame *known;
    size_t known_count, known_room, node_room, name_room;
    struct step *steps;
    size_t step_count, step_room;
    uint32_t steps_from; /* the node above the first one */
};

static uint64_t hash_child(const void *owner, uint32_t i)
{
    const struct flame_tree *tree = owner;

    return hash_mix(hash_mix(0, tree->nodes[i].parent), tree->nodes[i].name);
}

static uint64_t hash_name(const void *owner, uint32_t i)
{
    const struct flame_tree *tree = owner;

    return hash_text(0, tree->names[i].text);
}

static uint64_t hash_frame(const void *owner, uint32_t i)
{
    const struct flame_tree *tree = owner;

    const struct known_frame *known = &tree->index->known[i];

    return hash_mix(hash_mix(hash_mix(0, (uintptr_t)known->function), (uintptr_t)known->module),
                    known->offset);
}

static bool same_child(const void *owner, uint32_t a, uint32_t b)
{
    const struct flame_tree *tree = owner;

    return tree->nodes[a].parent == tree->nodes[b].parent &&
           tree->nodes[a].name == tree->nodes[b].name;
}

static bool same_name(const void *owner, uint32_t a, uint32_t b)
{
    const struct flame_tree *tree = owner;

    return strcmp(tree->names[a].text, tree->names[b].text) == 0;
}

static bool same_frame(const void *owner, uint32_t a, uint32_t b)
{
    const struct flame_tree *tree = owner;

    const struct known_frame *left = &tree->index->known[a], *right = &tree->index->known[b];

    return left->function == right->function && left->module == right->module &&
           left->offset == right->offset;
}

static uint32_t find_name(struct flame_tree *tree, const char *text, const struct frame *frame)
{
    struct flame_index *index = tree->index;
    uint32_t candidate = (uint32_t)tree->name_count, found;
    char *copy;

    if (!intern_reserve(&tree->names, tree->name_count, &index->name_room, sizeof(*tree->names)))
        return INTERN_FAILED;
    tree->names[candidate] = (struct flame_name){.text = text, .frame = frame};
    found = intern_find(&index->names, tree, candidate, hash_name, same_name);
    if (found != candidate)
        return found;
    copy = strdup(text);
    if (!copy)
        return INTERN_FAILED;
    tree->names[candidate].text = copy;
    tree->name_count++;
    return found;
}

static uint32_t name_of_frame(struct flame_tree *tree, const struct frame *frame)
{
    struct flame_index *index = tree->index;
    uint32_t candidate = (uint32_t)index->known_count, found;

    if (!intern_reserve(&index->known, index->known_count, &index->known_room,
                        sizeof(*index->known)))
        return INTERN_FAILED;
    index->known[candidate] = (struct known_frame){
        frame->function, frame->module, frame->function ? 0 : frame->offset, INTERN_FAILED};
    found = intern_find(&index->frames, tree, candidate, hash_frame, same_frame);
    if (found == candidate) {
        index->known[candidate].name = find_name(tree, label_function(frame).text, frame);
        index->known_count++;
    }
    return found == INTERN_FAILED ? INTERN_FAILED : index->known[found].name;
}

/* A path down the tree that adds a sample's cost to every node on it. */
struct descent {
    struct flame_tree *tree;
    uint64_t cost;
    bool old;
    uint32_t node;
    bool failed; /* out of memory */
};

static void add_cost(struct descent *descent)
{
    struct flame_node *node = &descent->tree->nodes[descent->node];

    if (descent->old)
        node->old_total += descent->cost;
    else
        node->total += descent->cost;
}

static void descend(struct descent *descent, uint32_t name)
{
    struct flame_tree *tree = descent->tree;
    uint32_t candidate = (uint32_t)tree->node_count, found;

    if (descent->failed || name == INTERN_FAILED ||
        !intern_reserve(&tree->nodes, tree->node_count, &tree->index->node_room,
                        sizeof(*tree->nodes))) {
        descent->failed = true;
        return;
    }
    tree->nodes[candidate] = (struct flame_node){
        .name = name, .parent = descent->node, .depth = tree->nodes[descent->node].depth + 1};
    found = intern_find(&tree->index->children, tree, candidate, hash_child, same_child);
    if (found == INTERN_FAILED) {
        descent->failed = true;
        return;
    }
    if (found == candidate)
        tree->node_count++;
    if (tree->depth < tree->nodes[found].depth)
        tree->depth = tree->nodes[found].depth;
    descent->node = found;
    add_cost(descent);
}

/* Frames that are nobody's code: the interpreter between Python's frames, and its import machinery.
 */
static bool says_nothing(const struct frame *frame)
{
    if (frame->language == FRAME_PYTHON)
        return frame->file && strncmp(frame->file, "<frozen importlib", 17) == 0;
    return frame_is_interpreter(frame) || frame_starts_programs(frame);
}

static bool is_same_step(const struct step *step, const struct frame *frame)
{
    return step->function == frame->function && step->module == frame->module &&
           (frame->function || step->offset == frame->offset);
}

/* One step down, to depth `depth`; follows the previous stack's path as long as the two agree. */
static void descend_frame(struct descent *descent, const struct frame *frame, size_t depth)
{
    struct flame_index *index = descent->tree->index;

    if (depth < index->step_count && is_same_step(&index->steps[depth], frame)) {
        descent->node = index->steps[depth].node;
        add_cost(descent);
        return;
    }
    descend(descent, name_of_frame(descent->tree, frame));
    index->step_count = depth;
    if (descent->failed ||
        !intern_reserve(&index->steps, depth, &index->step_room, sizeof(*index->steps)))
        return;
    index->steps[depth] =
        (struct step){frame->function, frame->module, frame->offset, descent->node};
    index->step_count = depth + 1;
}

/* The frames from `innermost` outwards, or the other way round. */
static void descend_frames(struct descent *descent, const struct stack *stack, size_t innermost,
                           const struct flame_options *options)
{
    size_t count = stack->frame_count - innermost, depth = 0;

    if (descent->tree->index->steps_from != descent->node)
        descent->tree->index->step_count = 0;
    descent->tree->index->steps_from = descent->node;
    for (size_t i = 0; i < count; i++) {
        size_t index = innermost + (options->inverted ? i : count - 1 - i);
        const struct frame *frame = &stack->frames[index];

        if (!options->own_code || index == innermost || !says_nothing(frame))
            descend_frame(descent, frame, depth++);
    }
}

static void descend_stack(struct descent *descent, const struct stack *stack,
                          const struct flame_options *options)
{
    struct flame_tree *tree = descent->tree;
    const struct frame *innermost = options->own_code ? label_frame(stack) : NULL;

    if (!options->inverted && stack->cut)
        descend(descent, find_name(tree, "[cut]", NULL));
    descend_frames(descent, stack, innermost ? (size_t)(innermost - stack->frames) : 0, options);
    if (options->inverted && stack->cut)
        descend(descent, find_name(tree, "[cut]", NULL));
    if (!stack->frame_count)
        descend(descent, find_name(tree, "[unknown]", NULL));
}

static uint32_t name_of_thread(struct flame_tree *tree, const char *name)
{
    char clean[LABEL_BYTES], text[LABEL_BYTES + 16];

    utf8_copy(clean, sizeof(clean), name, true);
    snprintf(text, sizeof(text), "thread %s", clean);
    return find_name(tree, text, NULL);
}

/* A pid tells processes apart, but another run has other pids. */
static uint32_t name_of_process(struct flame_tree *tree, const struct process *process,
                                bool compared)
{
    char text[LABEL_BYTES + 32];

    if (compared)
        return find_name(tree, label_process(process).text, NULL);
    snprintf(text, sizeof(text), "%s (%d)", label_process(process).text, process->pid);
    return find_name(tree, text, NULL);
}

struct sample {
    const struct process *process; /* NULL: not told */
    const char *thread;            /* NULL: not told */
    const struct stack *stack;
    uint64_t cost;
    bool old;
};

static bool add_sample(struct flame_tree *tree, const struct sample *sample,
                       const struct flame_options *options)
{
    struct descent descent = {.tree = tree, .cost = sample->cost, .old = sample->old};

    if (!sample->cost)
        return true;
    add_cost(&descent);
    if (sample->process)
        descend(&descent, name_of_process(tree, sample->process, options->compared));
    if (sample->thread)
        descend(&descent, name_of_thread(tree, sample->thread));
    descend_stack(&descent, sample->stack, options);
    if (descent.failed)
        return false;
    if (sample->old)
        tree->nodes[descent.node].old_self += sample->cost;
    else
        tree->nodes[descent.node].self += sample->cost;
    return true;
}

static bool add_thread(struct flame_tree *tree, const struct thread *thread, struct sample sample,
                       const struct flame_options *options)
{
    sample.thread = thread->name ? thread->name : "unnamed";
    for (size_t i = 0; i < thread->site_count; i++) {
        const struct thread_site *site = &thread->sites[i];

        sample.stack = &site->site->stack;
        sample.cost = options->cost == COST_ALLOCATIONS ? site->allocations : site->allocated_bytes;
        if (!add_sample(tree, &sample, options))
            return false;
    }
    return true;
}

/* Sites are visited in the order in which their stacks were first seen: neighbours are alike. */
static int by_frames(const void *left, const void *right)
{
    const struct frame *a = (*(const struct site *const *)left)->stack.frames;
    const struct frame *b = (*(const struct site *const *)right)->stack.frames;

    return (a > b) - (a < b);
}

static bool add_sites(struct flame_tree *tree, const struct process *process, struct sample sample,
                      const struct flame_options *options)
{
    const struct site **order = calloc(process->site_count + 1, sizeof(*order));
    bool done = order != NULL;

    for (size_t i = 0; done && i < process->site_count; i++)
        order[i] = &process->sites[i];
    if (done)
        qsort(order, process->site_count, sizeof(*order), by_frames);
    for (size_t i = 0; done && i < process->site_count; i++) {
        sample.stack = &order[i]->stack;
        sample.cost = cost_of_site(options->cost, order[i]);
        done = add_sample(tree, &sample, options);
    }
    free(order);
    return done;
}

static bool add_process(struct flame_tree *tree, const struct process *process, bool by_process,
                        const struct flame_options *options, bool old)
{
    struct sample sample = {.process = by_process ? process : NULL, .old = old};

    if (!options->by_thread)
        return add_sites(tree, process, sample, options);
    for (size_t i = 0; i < process->thread_count; i++)
        if (!add_thread(tree, &process->threads[i], sample, options))
            return false;
    return true;
}

static bool add_session(struct flame_tree *tree, const struct session *session, bool old,
                        const struct flame_options *options, struct error *error)
{
    bool found = options->pid == 0 || old;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (options->pid && !old && (uint64_t)process->pid != options->pid)
            continue;
        found = true;
        if (!add_process(tree, process, session->process_count > 1 && !options->pid, options, old))
            return error_set(error, "out of memory");
    }
    return found ||
           error_set(error, "%s: no process with pid %" PRIu64, session->path, options->pid);
}

static const struct flame_tree *sorted_tree; /* qsort() passes no context */

static int compare_names(const void *left, const void *right)
{
    return strcmp(sorted_tree->names[*(const uint32_t *)left].text,
                  sorted_tree->names[*(const uint32_t *)right].text);
}

/* Backwards: linking each node in front of its siblings then leaves them in order. */
static int compare_ranks(const void *left, const void *right)
{
    uint32_t a = sorted_tree->names[sorted_tree->nodes[*(const uint32_t *)left].name].rank;
    uint32_t b = sorted_tree->names[sorted_tree->nodes[*(const uint32_t *)right].name].rank;

    return (a < b) - (a > b);
}

static uint32_t *count_up(size_t count)
{
    uint32_t *numbers = calloc(count + 1, sizeof(*numbers));

    for (uint32_t i = 0; numbers && i < count; i++)
        numbers[i] = i;
    return numbers;
}

static bool rank_names(struct flame_tree *tree)
{
    uint32_t *order = count_up(tree->name_count);

    if (!order)
        return false;
    sorted_tree = tree;
    qsort(order, tree->name_count, sizeof(*order), compare_names);
    for (uint32_t i = 0; i < tree->name_count; i++)
        tree->names[order[i]].rank = i;
    free(order);
    return true;
}

static bool link_children(struct flame_tree *tree)
{
    uint32_t *order = count_up(tree->node_count);

    if (!order)
        return false;
    sorted_tree = tree;
    qsort(order + 1, tree->node_count - 1, sizeof(*order), compare_ranks);
    for (size_t i = 1; i < tree->node_count; i++) {
        struct flame_node *node = &tree->nodes[order[i]], *parent = &tree->nodes[node->parent];

        node->next_sibling = parent->first_child;
        parent->first_child = order[i];
    }
    free(order);
    return true;
}

static void index_free(struct flame_index *index)
{
    if (!index)
        return;
    intern_release(&index->children);
    intern_release(&index->names);
    intern_release(&index->frames);
    free(index->known);
    free(index->steps);
    free(index);
}

static bool plant(struct flame_tree *tree)
{
    uint32_t all;

    tree->index = calloc(1, sizeof(*tree->index));
    if (!tree->index ||
        !intern_reserve(&tree->nodes, 0, &tree->index->node_room, sizeof(*tree->nodes)))
        return false;
    all = find_name(tree, "all", NULL);
    tree->nodes[0] = (struct flame_node){.name = all};
    tree->node_count = 1;
    return all != INTERN_FAILED;
}

bool flame_tree_build(struct flame_tree *tree, const struct session *session,
                      const struct flame_options *options, struct error *error)
{
    bool done = false;

    *tree = (struct flame_tree){0};
    if (!plant(tree)) {
        error_set(error, "out of memory");
        goto done;
    }
    if (!add_session(tree, session, false, options, error) ||
        (options->compared && !add_session(tree, options->compared, true, options, error)))
        goto done;
    done = (rank_names(tree) && link_children(tree)) || error_set(error, "out of memory");
done:
    index_free(tree->index);
    tree->index = NULL;
    if (!done)
        flame_tree_release(tree);
    return done;
}

void flame_tree_release(struct flame_tree *tree)
{
    for (size_t i = 0; i < tree->name_count; i++)
        free((char *)tree->names[i].text);
    free(tree->names);
    free(tree->nodes);
    *tree = (struct flame_tree){0};
}

const char *flame_tree_name(const struct flame_tree *tree, uint32_t node)
{
    return tree->names[tree->nodes[node].name].text;
}

uint32_t flame_tree_next(const struct flame_tree *tree, uint32_t node)
{
    if (tree->nodes[node].first_child)
        return tree->nodes[node].first_child;
    while (node && !tree->nodes[node].next_sibling)
        node = tree->nodes[node].parent;
    return node ? tree->nodes[node].next_sibling : 0;
}
