/* SPDX-License-Identifier: MIT */
#include "report/dot/object_dot.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/object_graph.h"
#include "report/base/format.h"
#include "report/view/object_labels.h"

enum { LABEL_WIDTH = 60 };

static const char head[] =
    "digraph leakgraph {\n"
    "  graph [fontname=\"Helvetica\", labelloc=t, rankdir=LR, bgcolor=white];\n"
    "  node [fontname=\"Helvetica\", fontsize=10, shape=box, style=\"rounded,filled\", "
    "fillcolor=\"#dbe9f6\", color=\"#4a7fb0\"];\n"
    "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#4a7fb0\"];\n";

/* How each kind of node looks, in the drawing and in the legend. */
enum look { LOOK_BLOCK, LOOK_START, LOOK_LIBRARY, LOOK_LEAKED, LOOK_ROOT, LOOK_MORE, LOOK_COUNT };
static const struct {
    const char *attributes, *meaning;
} looks[LOOK_COUNT] = {
    [LOOK_BLOCK] = {"", "block\\nits own size, what it retains"},
    [LOOK_START] = {", fillcolor=\"#fdebc8\", color=\"#c58a1e\"", "asked for"},
    [LOOK_LIBRARY] = {", fillcolor=\"#eef2ee\", color=\"#8aa08a\"", "inside a container"},
    [LOOK_LEAKED] = {", fillcolor=\"#f6dbdb\", color=\"#b04a4a\"", "leaked: no root reaches it"},
    [LOOK_ROOT] = {", shape=ellipse, style=filled, fillcolor=\"#dcefdc\", color=\"#4a9a4a\"",
                   "root: a variable, a stack"},
    [LOOK_MORE] = {", style=dashed, fillcolor=white, color=\"#999999\"", "left out"},
};

static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
}

static enum look look_of(const struct object_node *node)
{
    if (node->kind != OBJECT_BLOCK)
        return node->kind == OBJECT_ROOT ? LOOK_ROOT : LOOK_MORE;
    if (node->is_start)
        return LOOK_START;
    if (node->is_leaked)
        return LOOK_LEAKED;
    return node->is_of_library ? LOOK_LIBRARY : LOOK_BLOCK;
}

/* "Node\nmake_node (a.c:3)\n32 B, 1.2 KiB retained" */
static void write_block_label(FILE *file, const struct object_node *node)
{
    write_escaped(file, label_fit(object_label_node(node), LABEL_WIDTH, true).text);
    if (node->name && node->site) {
        fputs("\\n", file);
        write_escaped(file, label_fit(label_site(node->site), LABEL_WIDTH, true).text);
    }
    fprintf(file, "\\n%s", format_size(node->size_bytes).text);
    if (node->retained_bytes > node->size_bytes)
        fprintf(file, ", %s retained", format_size(node->retained_bytes).text);
    if (node->is_shared)
        fprintf(file, "\\nuse_count %" PRIu64 ", %s found", node->use_count,
                format_plural(node->owners_found, "owner").text);
}

static void write_node(FILE *file, size_t process, size_t index, const struct object_node *node)
{
    fprintf(file, "    p%zun%zu [label=\"", process, index);
    if (node->kind == OBJECT_BLOCK)
        write_block_label(file, node);
    else
        write_escaped(file, label_fit(object_label_node(node), LABEL_WIDTH, true).text);
    fprintf(file, "\"%s", looks[look_of(node)].attributes);
    if (node->kind == OBJECT_BLOCK)
        fprintf(file, ", tooltip=\"0x%" PRIx64 "\"", node->address);
    fputs("];\n", file);
}

static void write_edge(FILE *file, size_t process, const struct object_graph *objects,
                       const struct object_edge *edge)
{
    bool is_stub = objects->nodes[edge->from].kind == OBJECT_MORE ||
                   objects->nodes[edge->to].kind == OBJECT_MORE;

    fprintf(file, "    p%zun%zu -> p%zun%zu [label=\"", process, edge->from, process, edge->to);
    write_escaped(file, object_label_edge(edge).text);
    fprintf(file, "\"%s];\n",
            is_stub ? ", color=\"#999999\", style=dotted"
            : edge->ownership && strcmp(edge->ownership, "weak") == 0 ? ", style=dotted"
            : !edge->exact ? ", color=\"#8aa0b5\", style=dashed"
                           : "");
}

static void write_process(FILE *file, size_t index, const struct process *process)
{
    const struct object_graph *objects = process->objects;

    fprintf(file, "  subgraph cluster_p%zu {\n    label=\"", index);
    write_escaped(file, label_process(process).text);
    fprintf(file, " (pid %d), snapshot %" PRIu64 ", %s named", process->pid, objects->snapshot,
            format_plural(objects->matches, "block").text);
    fputs("\"; color=\"#bbbbbb\"; fontsize=12;\n", file);
    for (size_t i = 0; i < objects->node_count; i++)
        write_node(file, index, i, &objects->nodes[i]);
    for (size_t i = 0; i < objects->edge_count; i++)
        write_edge(file, index, objects, &objects->edges[i]);
    fputs("  }\n", file);
}

static void write_legend(FILE *file)
{
    fputs("  subgraph cluster_legend {\n"
          "    label=\"legend\"; fontsize=9; color=\"#bbbbbb\"; style=dashed;\n",
          file);
    for (int look = 0; look < LOOK_COUNT; look++)
        fprintf(file, "    legend_%d [label=\"%s\"%s];\n", look, looks[look].meaning,
                looks[look].attributes);
    fprintf(file,
            "    legend_%d -> legend_%d [label=\"variable's member\"];\n"
            "    legend_%d -> legend_%d [label=\"member, declared as pointer\"];\n"
            "    legend_%d -> legend_%d [label=\"+offset: looks like a pointer\", "
            "color=\"#8aa0b5\", style=dashed];\n"
            "    legend_%d -> legend_%d [color=\"#999999\", style=dotted];\n"
            "    legend_%d -> legend_%d [label=\"weak: keeps nothing\", style=dotted];\n  }\n",
            LOOK_ROOT, LOOK_START, LOOK_START, LOOK_LIBRARY, LOOK_LIBRARY, LOOK_BLOCK, LOOK_BLOCK,
            LOOK_MORE, LOOK_LIBRARY, LOOK_START);
}

bool object_dot_write(const struct session *session, FILE *file, struct error *error)
{
    bool found = false, drawn = false;

    fputs(head, file);
    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        found |= process->objects != NULL;
        if (!process->objects || !process->objects->node_count)
            continue;
        drawn = true;
        write_process(file, i, process);
    }
    if (drawn)
        write_legend(file);
    else
        fputs("  label=\"no such object\";\n", file);
    fputs("}\n", file);
    return found || error_set(error, "%s: no such process", session->path);
}
