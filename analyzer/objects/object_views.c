/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/object_views.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/components.h"
#include "analyzer/graph/python_merge.h"
#include "analyzer/base/text.h"

#define NOT_SHOWN UINT32_MAX

/* A node that is drawn. */
struct shown {
    uint32_t node;
    uint32_t depth;
    uint64_t left_out; /* neighbours in the direction of the view */
    bool is_start, wants_roots;
};

struct view {
    struct arena *arena, *scratch;
    const struct object_views_input *input;
    const struct object_query *query;
    struct shown *shown;
    size_t shown_count, shown_capacity;
    uint32_t *places; /* by node: index in `shown` */
    struct object_node *nodes;
    size_t node_count, node_capacity;
    struct object_edge *edges;
    size_t edge_count, edge_capacity;
};

static void hide_all(struct view *view)
{
    uint32_t count = view->input->graph->node_count;
    view->places = arena_array(view->scratch, count, sizeof *view->places);
    memset(view->places, 0xff, count * sizeof *view->places);
}

static uint32_t show(struct view *view, uint32_t node, uint32_t depth)
{
    if (view->places[node] != NOT_SHOWN)
        return view->places[node];
    view->shown = arena_grow(view->scratch, view->shown, view->shown_count, &view->shown_capacity,
                             sizeof *view->shown);
    view->shown[view->shown_count] = (struct shown){.node = node, .depth = depth};
    view->places[node] = (uint32_t)view->shown_count;
    return (uint32_t)view->shown_count++;
}

static void show_start(struct view *view, uint32_t node, uint32_t depth)
{
    uint32_t place = show(view, node, depth);
    view->shown[place].is_start = true;
}

/* --- the objects that the pattern names --- */

/* "Tile" names "nav::Tile", "update" Python's "Tracker.update". */
static bool is_name(const char *whole, const char *pattern)
{
    size_t length = strlen(whole), end = strlen(pattern);
    return length >= end && strcmp(whole + length - end, pattern) == 0 &&
           (length == end || whole[length - end - 1] == ':' || whole[length - end - 1] == '.');
}

static bool names_place(const struct site *site, const char *pattern)
{
    for (size_t i = 0; i < site->stack.frame_count; i++) {
        const struct frame *frame = &site->stack.frames[i];
        if (frame->function && is_name(frame->function, pattern))
            return true;
        const char *colon = strrchr(pattern, ':');
        if (frame->file && colon && strtoul(colon + 1, NULL, 10) == frame->line &&
            strncmp(text_base_name(frame->file), pattern, (size_t)(colon - pattern)) == 0 &&
            strlen(text_base_name(frame->file)) == (size_t)(colon - pattern))
            return true;
    }
    return strcmp(site->fingerprint, pattern) == 0;
}

/* "node" names "struct node", too. */
static bool names_type(const struct view *view, uint32_t node)
{
    const char *type = node_names_type(view->input->names, node), *pattern = view->query->pattern;
    return type && (is_name(type, pattern) ||
                    (strncmp(type, "struct ", 7) == 0 && strcmp(type + 7, pattern) == 0));
}

static bool names_maker(const struct view *view, uint32_t node)
{
    const struct object_views_input *input = view->input;
    return names_place(sites_get(input->sites, input->graph->sites[node]), view->query->pattern);
}

typedef bool node_test(const struct view *view, uint32_t node);

/* Kinds are asked once: 0 not yet, 1 no, 2 yes. */
static bool is_match(struct view *view, node_test *is_named, uint8_t *of_kind, uint32_t node)
{
    uint8_t *known = &of_kind[node_names_kind(view->input->names, node)];
    if (*known == 0)
        *known = is_named(view, node) ? 2 : 1;
    return *known == 2;
}

static uint64_t retained_by(const struct view *view, uint32_t node)
{
    return view->input->tree->parents[node] == DOMINATOR_NONE ? view->input->graph->sizes[node]
                                                              : view->input->tree->retained[node];
}

/* The biggest come first: keeps an array of the `limit` best. */
struct best {
    const struct view *view;
    uint32_t *nodes;
    uint64_t count, limit;
};

static void add_best(struct best *best, uint32_t node)
{
    uint64_t retained = retained_by(best->view, node), at = best->count;
    if (at == best->limit) {
        if (at == 0 || retained_by(best->view, best->nodes[at - 1]) >= retained)
            return;
        at--;
    } else {
        best->count++;
    }
    for (; at > 0 && retained_by(best->view, best->nodes[at - 1]) < retained; at--)
        best->nodes[at] = best->nodes[at - 1];
    best->nodes[at] = node;
}

static struct best best_of(struct view *view)
{
    struct best best = {.view = view, .limit = view->query->too_many};
    if (best.limit > view->input->graph->node_count)
        best.limit = view->input->graph->node_count;
    best.nodes = arena_array(view->scratch, best.limit, sizeof *best.nodes);
    return best;
}

static bool is_freed(const struct view *view, uint32_t node)
{
    return view->input->graph->flags[node] & GRAPH_FREED;
}

static void start_at_address(struct view *view, struct object_graph *objects, uint64_t address)
{
    const struct graph *graph = view->input->graph;
    uint32_t low = 0, high = graph->node_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->addresses[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || (address - graph->addresses[low - 1] >= graph->sizes[low - 1] &&
                     address != graph->addresses[low - 1]))
        return;
    objects->matches = 1;
    show_start(view, low - 1, 0);
}

static void start_at_matches(struct view *view, struct object_graph *objects, node_test *is_named)
{
    struct best best = best_of(view);
    uint8_t *of_kind =
        arena_array(view->scratch, node_names_kind_count(view->input->names), sizeof *of_kind);
    for (uint32_t node = 0; node < view->input->graph->node_count; node++) {
        if (is_freed(view, node) || !is_match(view, is_named, of_kind, node))
            continue;
        objects->matches++;
        add_best(&best, node);
    }
    for (uint64_t i = 0; i < best.count; i++)
        show_start(view, best.nodes[i], 0);
}

/* Without a pattern: what only roots hold, or what nothing holds. */
static void start_at_biggest(struct view *view, struct object_graph *objects)
{
    struct best best = best_of(view);
    for (uint32_t node = 0; node < view->input->graph->node_count; node++)
        if (!is_freed(view, node) && view->input->tree->parents[node] == DOMINATOR_ROOTS)
            add_best(&best, node);
    objects->matches = best.count;
    for (uint64_t i = 0; i < best.count; i++)
        show_start(view, best.nodes[i], 0);
}

static void start(struct view *view, struct object_graph *objects)
{
    const char *pattern = view->query->pattern;
    char *end = NULL;
    if (!pattern) {
        start_at_biggest(view, objects);
        return;
    }
    uint64_t address = strncmp(pattern, "0x", 2) == 0 ? strtoull(pattern, &end, 16) : 0;
    if (end && !*end && end != pattern)
        start_at_address(view, objects, address);
    else
        start_at_matches(view, objects, names_type);
    if (!objects->matches) /* a class of Python is made by a function of its name */
        start_at_matches(view, objects, names_maker);
}

/* --- the neighbours --- */

/* Of one node's neighbours those not shown yet, as far as there is room; the same one counts once.
 */
static void show_neighbours(struct view *view, uint32_t place, const uint32_t *nodes,
                            uint32_t count)
{
    uint64_t room = view->query->too_many;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && nodes[i] == nodes[i - 1])
            continue;
        if (nodes[i] == view->shown[place].node || is_freed(view, nodes[i]))
            continue;
        if (room == 0 && view->places[nodes[i]] == NOT_SHOWN) {
            view->shown[place].left_out++;
            continue;
        }
        room -= room > 0;
        show(view, nodes[i], view->shown[place].depth + 1);
    }
}

static bool is_module(const struct view *view, uint32_t node)
{
    const char *type = python_merge_is_object(view->input->graph, node)
                           ? node_names_type(view->input->names, node)
                           : NULL;
    return type && strcmp(type, "module") == 0;
}

/* Of what a module holds, its variables, only the module is shown: every function refers to them,
 * too. */
static void show_holders(struct view *view, uint32_t place, const uint32_t *nodes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (is_module(view, nodes[i])) {
            show_neighbours(view, place, nodes + i, 1);
            return;
        }
    show_neighbours(view, place, nodes, count);
}

static void spread_back(struct view *view)
{
    const struct graph *graph = view->input->graph;
    struct referrers referrers;
    referrers_find(&referrers, view->scratch, graph);
    for (size_t i = 0; i < view->shown_count; i++) {
        uint32_t node = view->shown[i].node, first = referrers.starts[node];
        view->shown[i].wants_roots = true;
        if (view->shown[i].depth < view->query->max_depth && (i == 0 || !is_module(view, node)))
            show_holders(view, (uint32_t)i, referrers.nodes + first,
                         referrers.starts[node + 1] - first);
    }
}

static void spread_forward(struct view *view)
{
    const struct graph *graph = view->input->graph;
    for (size_t i = 0; i < view->shown_count; i++) {
        uint32_t first = graph->edge_starts[view->shown[i].node];
        view->shown[i].wants_roots = view->shown[i].is_start;
        if (view->shown[i].depth < view->query->max_depth)
            show_neighbours(view, (uint32_t)i, graph->targets + first,
                            graph->edge_starts[view->shown[i].node + 1] - first);
    }
}

static void spread_to_roots(struct view *view)
{
    size_t starts = view->shown_count;
    for (size_t i = 0; i < starts; i++) {
        uint32_t node = view->shown[i].node, depth = 0;
        while (view->input->paths->from[node] < view->input->graph->node_count) {
            node = view->input->paths->from[node];
            show(view, node, ++depth);
        }
        view->shown[view->places[node]].wants_roots = view->input->paths->from[node] == PATHS_ROOT;
    }
}

static int compare_retained(const void *left, const void *right, void *context)
{
    uint64_t one = retained_by(context, *(const uint32_t *)left);
    uint64_t other = retained_by(context, *(const uint32_t *)right);
    return one > other ? -1 : one < other;
}

static void spread_to_dominated(struct view *view)
{
    const struct dominator_tree *tree = view->input->tree;
    struct dominator_children children;
    dominator_tree_children(&children, view->scratch, view->input->graph, tree);
    for (size_t i = 0; i < view->shown_count; i++) {
        uint32_t node = view->shown[i].node, first = children.starts[node];
        uint32_t count = children.starts[node + 1] - first;
        view->shown[i].wants_roots = tree->parents[node] == DOMINATOR_ROOTS;
        if (view->shown[i].depth >= view->query->max_depth || count == 0)
            continue;
        qsort_r(children.nodes + first, count, sizeof *children.nodes, compare_retained, view);
        show_neighbours(view, (uint32_t)i, children.nodes + first, count);
    }
}

/* --- live cycles --- */

struct entrance {
    uint32_t from; /* who holds the cycle: a node, NOT_SHOWN a root */
    uint32_t count;
};

static void count_entrance(struct entrance *entrance, uint32_t from)
{
    entrance->count += entrance->count == 0 || entrance->from != from;
    entrance->from = from;
}

static struct entrance *find_entrances(struct view *view, const struct components *components)
{
    const struct graph *graph = view->input->graph;
    struct entrance *entrances = arena_array(view->scratch, components->count, sizeof *entrances);
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t own = components->of_node[node];
        for (uint32_t edge = graph->edge_starts[node];
             own != COMPONENT_NONE && edge < graph->edge_starts[node + 1]; edge++)
            if (components->of_node[graph->targets[edge]] != own)
                count_entrance(&entrances[components->of_node[graph->targets[edge]]], node);
    }
    for (uint32_t i = 0; i < graph->root_count; i++)
        count_entrance(&entrances[components->of_node[graph->roots[i]]], NOT_SHOWN);
    return entrances;
}

/* The member that the outside leads to retains the whole cycle. */
static uint32_t head_of(const struct view *view, const struct components *components,
                        uint32_t component)
{
    uint32_t head = components->nodes[components->starts[component]];
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
        if (retained_by(view, components->nodes[i]) > retained_by(view, head))
            head = components->nodes[i];
    return head;
}

static void show_cycle(struct view *view, const struct components *components, uint32_t head,
                       const struct entrance *entrance)
{
    uint32_t component = components->of_node[head];
    uint64_t room = view->query->too_many;
    uint32_t place = show(view, head, 0);
    view->shown[place].is_start = true;
    view->shown[place].wants_roots = entrance->from == NOT_SHOWN;
    if (entrance->from != NOT_SHOWN)
        show(view, entrance->from, 1);
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        if (room == 0 && view->places[components->nodes[i]] == NOT_SHOWN) {
            view->shown[place].left_out++;
            continue;
        }
        room -= room > 0;
        show_start(view, components->nodes[i], 1);
    }
}

static void show_live_cycles(struct view *view, struct object_graph *objects)
{
    const struct graph *graph = view->input->graph;
    struct components components;
    bool *reached = arena_array(view->scratch, graph->node_count, sizeof *reached);
    for (uint32_t node = 0; node < graph->node_count; node++)
        reached[node] = view->input->tree->parents[node] != DOMINATOR_NONE;
    components_find(&components, view->scratch, graph, reached);
    struct entrance *entrances = find_entrances(view, &components);
    struct best best = best_of(view);
    for (uint32_t component = 0; component < components.count; component++) {
        if (entrances[component].count != 1 || !components_is_cycle(&components, graph, component))
            continue;
        objects->matches++;
        add_best(&best, head_of(view, &components, component));
    }
    for (uint64_t i = 0; i < best.count; i++)
        show_cycle(view, &components, best.nodes[i], &entrances[components.of_node[best.nodes[i]]]);
}

/* --- names --- */

static bool is_of_library(const char *type)
{
    const char *last = type ? strrchr(type, ' ') : NULL;
    return last && (strcmp(last, " node") == 0 || strcmp(last, " buffer") == 0);
}

static size_t add_node(struct view *view, struct object_node node)
{
    view->nodes = arena_grow(view->arena, view->nodes, view->node_count, &view->node_capacity,
                             sizeof *view->nodes);
    view->nodes[view->node_count] = node;
    return view->node_count++;
}

static struct object_node describe(const struct view *view, uint32_t node)
{
    const struct object_views_input *input = view->input;
    const char *type = node_names_type(input->names, node);
    return (struct object_node){
        .kind = OBJECT_BLOCK,
        .name = type,
        .site = sites_get(input->sites, input->graph->sites[node]),
        .address = input->graph->addresses[node],
        .size_bytes = input->graph->sizes[node],
        .retained_bytes = retained_by(view, node),
        .is_leaked = input->tree->parents[node] == DOMINATOR_NONE,
        .is_of_library = is_of_library(type),
    };
}

/* Two words of one shared_ptr are one pointer, and those without a name are drawn as one. */
static bool join_edge(struct view *view, const struct object_edge *edge)
{
    enum { LOOK_BACK = 256 }; /* a block's edges come one after another */
    for (size_t i = view->edge_count; i-- > 0 && view->edge_count - i <= LOOK_BACK;) {
        struct object_edge *other = &view->edges[i];
        if (other->from != edge->from || other->to != edge->to || !edge->label != !other->label)
            continue;
        if (edge->label && strcmp(edge->label, other->label) != 0)
            continue;
        other->pointers++;
        return true;
    }
    return false;
}

static void add_edge(struct view *view, struct object_edge edge)
{
    edge.pointers = 1;
    if (join_edge(view, &edge))
        return;
    view->edges = arena_grow(view->arena, view->edges, view->edge_count, &view->edge_capacity,
                             sizeof *view->edges);
    view->edges[view->edge_count++] = edge;
}

/* A path shows its own pointers only, a tree those from holder to held. */
static bool is_drawn(const struct view *view, const struct graph_edge *edge)
{
    if (view->places[edge->from] == NOT_SHOWN || view->places[edge->to] == NOT_SHOWN)
        return false;
    if (view->query->view == OBJECT_VIEW_PATH)
        return view->input->paths->from[edge->to] == edge->from;
    return view->query->view != OBJECT_VIEW_DOMINATORS ||
           view->input->tree->parents[edge->to] == edge->from;
}

static void visit_edge(const struct graph_edge *edge, void *context)
{
    struct view *view = context;
    if (!is_drawn(view, edge))
        return;
    struct edge_label label = node_names_edge(view->input->names, edge->from, edge->offset);
    if (edge->from == edge->to && label.ownership == EDGE_OWNED)
        return; /* a string's pointer to its own characters */
    add_edge(view, (struct object_edge){
                       .from = view->places[edge->from],
                       .to = view->places[edge->to],
                       .offset = python_merge_offset(edge->offset),
                       .label = label.text,
                       .exact = label.is_pointer,
                       .ownership = edge_ownership_names[label.ownership],
                   });
}

static size_t root_node(struct view *view, const char *text)
{
    for (size_t i = view->shown_count; i < view->node_count; i++)
        if (view->nodes[i].kind == OBJECT_ROOT && view->nodes[i].name == text)
            return i;
    return add_node(view, (struct object_node){.kind = OBJECT_ROOT, .name = text});
}

static void visit_root(const struct graph_root *root, void *context)
{
    struct view *view = context;
    uint32_t place = view->places[root->to];
    if (place == NOT_SHOWN || !view->shown[place].wants_roots)
        return;
    size_t from = root_node(view, root_names_text(view->input->roots, root));
    struct edge_label label = root_names_label(view->input->roots, root);
    add_edge(view, (struct object_edge){
                       .from = from,
                       .to = place,
                       .label = label.text ? label.text : "",
                       .exact = label.is_pointer,
                   });
}

/* A block may be held without a pointer to it: by several that the holder holds. */
static void add_holds(struct view *view)
{
    bool *has_holder = arena_array(view->scratch, view->shown_count, sizeof *has_holder);
    for (size_t i = 0; i < view->edge_count; i++)
        if (view->edges[i].to < view->shown_count)
            has_holder[view->edges[i].to] = true;
    for (size_t i = 0; i < view->shown_count; i++) {
        uint32_t parent = view->input->tree->parents[view->shown[i].node];
        if (!has_holder[i] && parent < view->input->graph->node_count &&
            view->places[parent] != NOT_SHOWN)
            add_edge(view,
                     (struct object_edge){.from = view->places[parent], .to = i, .label = "holds"});
    }
}

static void add_stubs(struct view *view)
{
    bool is_backward = view->query->view == OBJECT_VIEW_BACKREFS;
    for (size_t i = 0; i < view->shown_count; i++) {
        if (view->shown[i].left_out == 0)
            continue;
        size_t stub = add_node(
            view, (struct object_node){.kind = OBJECT_MORE, .more = view->shown[i].left_out});
        add_edge(view, (struct object_edge){.from = is_backward ? stub : i,
                                            .to = is_backward ? i : stub,
                                            .label = ""});
    }
}

bool object_views_fill(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                       const struct object_views_input *input, const struct object_query *query,
                       struct error *error)
{
    static void (*const spread[])(struct view *) = {
        [OBJECT_VIEW_BACKREFS] = spread_back,
        [OBJECT_VIEW_REFS] = spread_forward,
        [OBJECT_VIEW_PATH] = spread_to_roots,
        [OBJECT_VIEW_DOMINATORS] = spread_to_dominated,
    };
    struct view view = {.arena = arena, .scratch = scratch, .input = input, .query = query};
    hide_all(&view);
    if (query->view == OBJECT_VIEW_LIVE_CYCLES) {
        show_live_cycles(&view, objects);
    } else {
        start(&view, objects);
        spread[query->view](&view);
    }
    for (size_t i = 0; i < view.shown_count; i++) {
        add_node(&view, describe(&view, view.shown[i].node));
        view.nodes[i].is_start = view.shown[i].is_start;
    }
    if (!graph_read_edges(input->graph, scratch, visit_edge, &view, error) ||
        !graph_read_roots(input->graph, scratch, visit_root, &view, error))
        return false;
    if (query->view == OBJECT_VIEW_DOMINATORS)
        add_holds(&view);
    add_stubs(&view);
    objects->nodes = view.nodes;
    objects->node_count = view.node_count;
    objects->edges = view.edges;
    objects->edge_count = view.edge_count;
    return true;
}

/* A variable says more than a stack. */
static void visit_holder(const struct graph_root *root, void *context)
{
    struct view *view = context;
    uint32_t place = view->places[root->to];
    bool is_variable = root_names_is_static(view->input->roots, root);
    if (place != NOT_SHOWN && (is_variable || !view->nodes[place].held_by))
        view->nodes[place].held_by = root_names_text(view->input->roots, root);
}

struct distant_holders {
    struct view *view;
    uint32_t *starts; /* by retainer: the block that a root leads to on the way to it */
};

/* What several blocks hold together is reached from some root all the same. */
static void visit_distant_holder(const struct graph_root *root, void *context)
{
    const struct distant_holders *distant = context;
    struct view *view = distant->view;
    for (size_t i = 0; i < view->node_count; i++) {
        bool is_better = !view->nodes[i].held_by || root_names_is_static(view->input->roots, root);
        if (distant->starts[i] != root->to || !is_better)
            continue;
        view->nodes[i].held_by = arena_printf(view->arena, "several, reached from %s",
                                              root_names_text(view->input->roots, root));
    }
}

static bool find_distant_holders(struct view *view, const struct best *best, struct error *error)
{
    const struct object_views_input *input = view->input;
    struct distant_holders distant = {
        view, arena_array(view->scratch, view->node_count, sizeof(uint32_t))};
    for (size_t i = 0; i < view->node_count; i++) {
        uint32_t node = best->nodes[i];
        distant.starts[i] = PATHS_UNREACHED;
        if (view->nodes[i].held_by || input->paths->from[node] == PATHS_UNREACHED)
            continue;
        while (input->paths->from[node] != PATHS_ROOT)
            node = input->paths->from[node];
        distant.starts[i] = node;
    }
    return graph_read_roots(input->graph, view->scratch, visit_distant_holder, &distant, error);
}

bool object_views_retainers(struct object_graph *objects, struct arena *arena,
                            struct arena *scratch, const struct object_views_input *input,
                            const struct object_query *query, struct error *error)
{
    struct view view = {.arena = arena, .scratch = scratch, .input = input, .query = query};
    struct best best = best_of(&view);
    hide_all(&view);
    for (uint32_t node = 0; node < input->graph->node_count; node++)
        if (!is_freed(&view, node) && input->tree->parents[node] == DOMINATOR_ROOTS)
            add_best(&best, node);
    for (uint64_t i = 0; i < best.count; i++)
        view.places[best.nodes[i]] = (uint32_t)add_node(&view, describe(&view, best.nodes[i]));
    if (!graph_read_roots(input->graph, scratch, visit_holder, &view, error) ||
        !find_distant_holders(&view, &best, error))
        return false;
    objects->retainers = view.nodes;
    objects->retainer_count = view.node_count;
    return true;
}
