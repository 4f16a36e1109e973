/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/holder_names.h"

#include <string.h>

struct holder_names {
    struct arena *arena;
    const struct graph *graph;
    struct node_names *nodes;
    struct root_names *roots;
    struct paths paths;
};

struct holder_names *holder_names_new(struct arena *arena, struct arena *scratch,
                                      const struct graph *graph, struct node_names *nodes,
                                      struct root_names *roots, struct error *error)
{
    struct holder_names *names = arena_alloc(scratch, sizeof *names);
    *names = (struct holder_names){.arena = arena, .graph = graph, .nodes = nodes, .roots = roots};
    const struct thread_places *places =
        thread_places_load(scratch, graph->recording, graph->snapshot->number, error);
    return places && paths_find(&names->paths, scratch, graph, places, error) ? names : NULL;
}

/* Memory of a container, or the container itself: the program's name for it is further up. */
static bool is_container(const char *type)
{
    static const char *const containers[] = {
        "vector<", "deque<",         "list<",    "forward_list<",  "map<",
        "set<",    "multimap<",      "array<",   "unordered_map<", "unordered_set<",
        "pair<",   "unordered_mult", "multiset<"};
    const char *last = type ? strrchr(type, ' ') : NULL;
    if (!type || type[strlen(type) - 1] == ']' || (last && strcmp(last, " node") == 0))
        return true;
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
        if (strncmp(type, containers[i], strlen(containers[i])) == 0)
            return true;
    return false;
}

/* "Manager.nodes" of "Manager.nodes buffer". */
static const char *without_buffer(struct arena *arena, const char *type)
{
    static const char buffer[] = " buffer";
    size_t length = strlen(type), suffix = sizeof buffer - 1;
    return length > suffix && strcmp(type + length - suffix, buffer) == 0
               ? arena_printf(arena, "%.*s", (int)(length - suffix), type)
               : NULL;
}

/* The way down from `node` to what it leads to, as the program calls it; "" when nothing tells. */
struct label_search {
    struct holder_names *names;
    uint32_t from, to;
    const char *label;
};

static void visit_edge(const struct graph_edge *edge, void *context)
{
    struct label_search *search = context;
    if (search->label || edge->from != search->from || edge->to != search->to)
        return;
    search->label = node_names_edge(search->names->nodes, edge->from, edge->offset).text;
}

static const char *label_between(struct holder_names *names, uint32_t from, uint32_t to)
{
    struct arena *scratch = arena_child(names->arena);
    struct label_search search = {names, from, to, NULL};
    struct error error = {0};
    bool done = graph_read_edges(names->graph, scratch, visit_edge, &search, &error);
    arena_free(scratch);
    return done ? search.label : NULL;
}

struct root_search {
    struct holder_names *names;
    uint32_t to;
    const char *text;
    bool is_static;
};

static void visit_root(const struct graph_root *root, void *context)
{
    struct root_search *search = context;
    if (root->to != search->to || search->is_static)
        return;
    search->is_static = root_names_is_static(search->names->roots, root);
    search->text = root_names_text(search->names->roots, root);
}

/* "registry[] (robot.cpp:6)" of "global registry (robot.cpp:6)". */
static const char *elements_of(struct arena *arena, const char *root)
{
    static const char global[] = "global ";
    if (strncmp(root, global, sizeof global - 1) == 0)
        root += sizeof global - 1;
    const char *place = strstr(root, " (");
    size_t length = place ? (size_t)(place - root) : strlen(root);
    return arena_printf(arena, "%.*s[]%s", (int)length, root, root + length);
}

static const char *text_by_root(struct holder_names *names, uint32_t node)
{
    struct arena *scratch = arena_child(names->arena);
    struct root_search search = {.names = names, .to = node};
    struct error error = {0};
    bool done = graph_read_roots(names->graph, scratch, visit_root, &search, &error);
    arena_free(scratch);
    return done && search.text ? elements_of(names->arena, search.text) : NULL;
}

/* Up to the object or the variable that has the container. */
static const char *text_by_way(struct holder_names *names, uint32_t node)
{
    enum { LONGEST_WAY = 10000 };
    const uint32_t *from = names->paths.from;
    for (int step = 0; step < LONGEST_WAY && from[node] < names->graph->node_count; step++) {
        uint32_t parent = from[node];
        const char *type = node_names_type(names->nodes, parent);
        if (!is_container(type) && !without_buffer(names->arena, type)) {
            const char *label = label_between(names, parent, node);
            return arena_printf(names->arena, "%s%s%s[]", type, label ? "." : "",
                                label ? label : "");
        }
        node = parent;
    }
    return from[node] == PATHS_ROOT ? text_by_root(names, node) : NULL;
}

const char *holder_names_text(struct holder_names *names, uint32_t node, uint64_t offset)
{
    const char *type = node_names_type(names->nodes, node);
    const char *buffer = type ? without_buffer(names->arena, type) : NULL;
    const char *text = NULL;
    if (buffer && strchr(buffer, '.') && !is_container(buffer))
        return arena_printf(names->arena, "%s[]", buffer);
    if (buffer || is_container(type))
        text = text_by_way(names, node);
    if (text || !type)
        return text ? text : type;
    const char *label = node_names_edge(names->nodes, node, offset).text;
    return !label || label[0] == '[' ? arena_printf(names->arena, "%s%s", type, label ? "[]" : "")
                                     : arena_printf(names->arena, "%s.%s", type, label);
}

const char *holder_names_root(struct holder_names *names, const struct graph_root *root)
{
    static const char global[] = "global ";
    const char *text = root_names_text(names->roots, root);
    return strncmp(text, global, sizeof global - 1) == 0 ? text + sizeof global - 1 : text;
}
