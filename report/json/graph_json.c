/* SPDX-License-Identifier: MIT */
#include "report/json/graph_json.h"

#include <inttypes.h>
#include <jansson.h>

#include "analyzer/object_graph.h"
#include "report/base/output.h"
#include "report/json/json_values.h"
#include "report/view/labels.h"

static const char *const kind_names[] = {
    [OBJECT_BLOCK] = "block", [OBJECT_ROOT] = "root", [OBJECT_MORE] = "more"};

static json_t *place_of(const struct site *site)
{
    return site ? json_string(label_site(site).text) : json_null();
}

static json_t *optional(const char *text)
{
    return text ? json_string(label_type(text).text) : json_null();
}

static json_t *edge_json(size_t from, size_t to, uint64_t offset, const char *label, bool exact,
                         const char *ownership)
{
    return json_pack("{s:I, s:I, s:I, s:o, s:b, s:o}", "from", (json_int_t)from, "to",
                     (json_int_t)to, "offset", (json_int_t)offset, "label",
                     label && *label ? optional(label) : json_null(), "exact", exact, "ownership",
                     optional(ownership));
}

/* --- a part of the object graph --- */

static json_t *object_json(const struct object_node *of)
{
    json_t *node =
        json_pack("{s:s, s:o}", "kind", kind_names[of->kind], "name", optional(of->name));

    if (of->kind == OBJECT_MORE)
        json_object_set_new(node, "more", json_integer((json_int_t)of->more));
    if (of->kind != OBJECT_BLOCK)
        return node;
    json_object_set_new(node, "place", place_of(of->site));
    json_object_set_new(node, "address", json_hex(of->address));
    json_object_set_new(node, "size_bytes", json_integer((json_int_t)of->size_bytes));
    json_object_set_new(node, "retained_bytes", json_integer((json_int_t)of->retained_bytes));
    json_object_set_new(node, "asked_for", json_boolean(of->is_start));
    json_object_set_new(node, "leaked", json_boolean(of->is_leaked));
    return node;
}

static void add_objects(json_t *nodes, json_t *edges, const struct object_graph *objects)
{
    for (size_t i = 0; i < objects->node_count; i++)
        json_array_append_new(nodes, object_json(&objects->nodes[i]));
    for (size_t i = 0; i < objects->edge_count; i++) {
        const struct object_edge *edge = &objects->edges[i];

        json_array_append_new(edges, edge_json(edge->from, edge->to, edge->offset, edge->label,
                                               edge->exact, edge->ownership));
    }
}

/* --- cycles --- */

static void add_cycle(json_t *nodes, json_t *edges, const struct cycle *cycle, size_t number)
{
    size_t first = json_array_size(nodes);

    for (size_t i = 0; i < cycle->member_count; i++) {
        const struct cycle_member *member = &cycle->members[i];

        json_array_append_new(nodes, json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:b}", "kind",
                                               "block", "name", optional(member->type), "place",
                                               place_of(member->site), "address",
                                               json_hex(member->address), "size_bytes",
                                               (json_int_t)member->size_bytes, "cycle",
                                               (json_int_t)number, "leaked", true));
    }
    for (size_t i = 0; i < cycle->edge_count; i++) {
        const struct cycle_edge *of = &cycle->edges[i];
        json_t *edge = edge_json(first + of->from, first + of->to, of->offset, of->label, of->exact,
                                 of->ownership);

        json_object_set_new(edge, "weaken", json_boolean(i == cycle->weaken));
        json_array_append_new(edges, edge);
    }
}

static json_t *process_json(const struct process *process)
{
    json_t *nodes = json_array(), *edges = json_array();
    const struct object_graph *objects = process->objects;

    for (size_t i = 0; !objects && i < process->cycle_count; i++)
        add_cycle(nodes, edges, &process->cycles[i], i);
    if (objects)
        add_objects(nodes, edges, objects);
    return json_pack("{s:i, s:o, s:o, s:I, s:o, s:o}", "pid", process->pid, "command",
                     json_string(label_process(process).text), "why_not",
                     objects ? optional(objects->why_not) : optional(process->leaks.why_not),
                     "matches", (json_int_t)(objects ? objects->matches : process->cycles_total),
                     "nodes", nodes, "edges", edges);
}

bool graph_json_write(const struct session *session, uint64_t pid, FILE *file, struct error *error)
{
    json_t *processes = json_array(), *root;
    bool found = false;

    for (size_t i = 0; i < session->process_count; i++) {
        if (pid && pid != (uint64_t)session->processes[i].pid)
            continue;
        found = true;
        json_array_append_new(processes, process_json(&session->processes[i]));
    }
    if (!found) {
        json_decref(processes);
        return error_set(error, "%s: no process with pid %" PRIu64, session->path, pid);
    }
    root = json_pack("{s:s, s:i, s:o}", "format", "leakgraph-graph", "version", 1, "processes",
                     processes);
    return output_json(file, root, JSON_COMPACT, error);
}
