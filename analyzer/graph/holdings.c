/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/holdings.h"

/* Marks of a round: a component was not met, is one of the seeds or held, or only touched. */
enum mark { NOT_MET, HELD, TOUCHED };

struct holdings {
    const struct leak_graph *leaks;
    uint32_t *edges_left; /* in this round: pointers from what is not held */
    uint8_t *marks;
    uint32_t *held, *touched;
    struct holding holding;
};

static void visit_edges(struct holdings *holdings, uint32_t component,
                        components_edge_visitor *visit)
{
    components_visit_edges(&holdings->leaks->components, holdings->leaks->graph, component, visit,
                           holdings);
}

struct holdings *holdings_new(struct arena *arena, const struct leak_graph *leaks)
{
    uint32_t count = leaks->components.count;
    struct holdings *holdings = arena_alloc(arena, sizeof *holdings);
    *holdings = (struct holdings){
        .leaks = leaks,
        .edges_left = arena_array(arena, count, sizeof *holdings->edges_left),
        .marks = arena_array(arena, count, sizeof *holdings->marks),
        .held = arena_array(arena, count, sizeof *holdings->held),
        .touched = arena_array(arena, count, sizeof *holdings->touched),
    };
    return holdings;
}

static void add_component(const struct holdings *holdings, struct amount *amount,
                          uint32_t component)
{
    const struct components *components = &holdings->leaks->components;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        amount->blocks++;
        amount->bytes += holdings->leaks->graph->sizes[components->nodes[i]];
    }
}

static void hold(struct holdings *holdings, uint32_t component)
{
    holdings->marks[component] = HELD;
    holdings->held[holdings->holding.count++] = component;
    add_component(holdings, &holdings->holding.amount, component);
}

static void touch(struct holdings *holdings, uint32_t component)
{
    holdings->marks[component] = TOUCHED;
    holdings->touched[holdings->holding.touched_count++] = component;
}

void holdings_begin(struct holdings *holdings)
{
    for (size_t i = 0; i < holdings->holding.count; i++)
        holdings->marks[holdings->held[i]] = NOT_MET;
    for (size_t i = 0; i < holdings->holding.touched_count; i++)
        holdings->marks[holdings->touched[i]] = NOT_MET;
    holdings->holding =
        (struct holding){.components = holdings->held, .touched = holdings->touched};
}

void holdings_seed(struct holdings *holdings, uint32_t component)
{
    if (holdings->marks[component] == HELD)
        return;
    hold(holdings, component);
    holdings->holding.seed_count++;
}

/* One more pointer comes from what is held; the last one makes the target held, too. */
static void follow_edge(uint32_t node, uint32_t target, void *context)
{
    struct holdings *holdings = context;
    (void)node;
    if (holdings->marks[target] == HELD)
        return;
    if (holdings->marks[target] == NOT_MET) {
        touch(holdings, target);
        holdings->edges_left[target] = holdings->leaks->edges_into[target];
    }
    if (--holdings->edges_left[target] == 0)
        hold(holdings, target);
}

static void touch_edge(uint32_t node, uint32_t target, void *context)
{
    struct holdings *holdings = context;
    (void)node;
    if (holdings->marks[target] == NOT_MET)
        touch(holdings, target);
}

/* Leaves only those that stayed touched. */
static void drop_held(struct holdings *holdings)
{
    size_t kept = 0;
    for (size_t i = 0; i < holdings->holding.touched_count; i++)
        if (holdings->marks[holdings->touched[i]] == TOUCHED)
            holdings->touched[kept++] = holdings->touched[i];
    holdings->holding.touched_count = kept;
}

const struct holding *holdings_follow(struct holdings *holdings, bool with_shared)
{
    struct holding *holding = &holdings->holding;
    for (size_t i = 0; i < holding->count; i++)
        visit_edges(holdings, holdings->held[i], follow_edge);
    drop_held(holdings);
    for (size_t i = 0; with_shared && i < holding->touched_count; i++) {
        add_component(holdings, &holding->shared, holdings->touched[i]);
        visit_edges(holdings, holdings->touched[i], touch_edge);
    }
    return holding;
}
