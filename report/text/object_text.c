/* SPDX-License-Identifier: MIT */
#include "report/text/object_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/view/object_labels.h"

enum { MOST_DEPTH = 64, INDENT = 2, LEAST_WIDTH = 40 };

/* A label that is kept by the thousand. */
struct brief {
    char text[400];
};

/* A node to write, with the pointer that leads to it from the line above. */
struct step {
    size_t node;
    struct brief pointer, name; /* what makes steps one line; pointer "" at the start */
};

struct steps {
    struct step *all;
    size_t count, capacity;
};

struct object_text {
    FILE *file;
    const struct object_graph *objects;
    const struct style *style;
    bool backward;    /* from the held to the holder */
    size_t *starts;   /* by node: its edges in `order` */
    size_t *order;    /* edges by the node that they lead on from */
    bool *is_written; /* by node */
    bool out_of_memory;
};

static size_t near_end(const struct object_text *text, const struct object_edge *edge)
{
    return text->backward ? edge->to : edge->from;
}

static size_t far_end(const struct object_text *text, const struct object_edge *edge)
{
    return text->backward ? edge->from : edge->to;
}

/* Sorts the edges by the node that they lead on from. */
static bool index_edges(struct object_text *text)
{
    const struct object_graph *objects = text->objects;

    text->starts = calloc(objects->node_count + 2, sizeof(*text->starts));
    text->order = calloc(objects->edge_count + 1, sizeof(*text->order));
    text->is_written = calloc(objects->node_count + 1, sizeof(*text->is_written));
    if (!text->starts || !text->order || !text->is_written)
        return false;
    for (size_t i = 0; i < objects->edge_count; i++)
        text->starts[near_end(text, &objects->edges[i]) + 2]++;
    for (size_t node = 0; node < objects->node_count; node++)
        text->starts[node + 2] += text->starts[node + 1];
    for (size_t i = 0; i < objects->edge_count; i++)
        text->order[text->starts[near_end(text, &objects->edges[i]) + 1]++] = i;
    return true;
}

static bool add_step(struct steps *steps, struct step step)
{
    if (steps->count == steps->capacity) {
        size_t capacity = steps->capacity ? 2 * steps->capacity : 8;
        struct step *all = reallocarray(steps->all, capacity, sizeof(*all));

        if (!all)
            return false;
        steps->all = all;
        steps->capacity = capacity;
    }
    steps->all[steps->count++] = step;
    return true;
}

/* "Planner, make (robot.cpp:48)" */
static struct brief name_of(const struct object_node *node)
{
    struct label name = object_label_node(node);
    bool has_place = node->kind == OBJECT_BLOCK && node->name && node->site;
    struct brief brief;

    snprintf(brief.text, sizeof(brief.text), "%.240s%s%.150s", name.text, has_place ? ", " : "",
             has_place ? label_site(node->site).text : "");
    return brief;
}

static const char *fit(const struct brief *brief, unsigned width, const struct style *style)
{
    static struct label label;

    strcpy(label.text, brief->text);
    label = label_fit(label, width, style->utf8);
    return label.text;
}

/* "[17].next" and "[3].next" are alike: "[].next". */
static struct brief pointer_of(const struct object_edge *edge)
{
    struct label label = object_label_edge(edge);
    struct brief pointer;
    char *to = pointer.text;

    for (const char *from = label.text; *from && to < pointer.text + sizeof(pointer.text) - 1;
         from++) {
        *to++ = *from;
        if (*from == '[')
            while (from[1] >= '0' && from[1] <= '9')
                from++;
    }
    *to = '\0';
    return pointer;
}

static int compare_steps(const void *left, const void *right)
{
    const struct step *one = left, *other = right;
    int order = strcmp(one->name.text, other->name.text);

    if (!order)
        order = strcmp(one->pointer.text, other->pointer.text);
    return order ? order : (one->node > other->node) - (one->node < other->node);
}

static bool is_alike(const struct step *one, const struct step *other)
{
    return strcmp(one->name.text, other->name.text) == 0 &&
           strcmp(one->pointer.text, other->pointer.text) == 0;
}

/* Blocks that several pointers of the same name lead to count once. */
static size_t count_nodes(const struct step *steps, size_t count)
{
    size_t nodes = 0;

    for (size_t i = 0; i < count; i++)
        nodes += i == 0 || steps[i].node != steps[i - 1].node;
    return nodes;
}

static void write_line(const struct object_text *text, const struct step *steps, size_t count,
                       unsigned depth, bool is_known)
{
    const struct object_node *node = &text->objects->nodes[steps[0].node];
    size_t nodes = count_nodes(steps, count);
    unsigned width = text->style->width, used = INDENT * (depth + 1) + 30;
    uint64_t bytes = 0, more = 0;

    for (size_t i = 0; i < count; i++)
        if (i == 0 || steps[i].node != steps[i - 1].node) {
            bytes += text->objects->nodes[steps[i].node].size_bytes;
            more += text->objects->nodes[steps[i].node].more;
        }
    fprintf(text->file, "%*s", (int)(INDENT * (depth + 1)), "");
    if (depth)
        fprintf(text->file, text->backward ? "<- " : "-> ");
    if (steps[0].pointer.text[0])
        fprintf(text->file, "%s%s", fit(&steps[0].pointer, 40, text->style),
                strcmp(steps[0].pointer.text, "holds") == 0 ? " "
                : text->backward                            ? " of "
                                                            : " to ");
    if (node->kind == OBJECT_MORE) {
        fprintf(text->file, "%s more, left out\n", format_count(more).text);
        return;
    }
    if (nodes > 1)
        fprintf(text->file, "%s x ", format_count(nodes).text);
    fputs(fit(&steps[0].name, width > used + LEAST_WIDTH ? width - used : LEAST_WIDTH, text->style),
          text->file);
    if (node->kind == OBJECT_BLOCK)
        fprintf(text->file, "  %s", format_size(bytes).text);
    fputs(node->is_leaked ? "  (leaked)" : "", text->file);
    fputs(is_known ? "  (see above)\n" : "\n", text->file);
}

static void write_steps(struct object_text *text, struct steps *steps, unsigned depth);

/* What leads on from these nodes, which are one line. */
static void write_next(struct object_text *text, const struct step *steps, size_t count,
                       unsigned depth)
{
    struct steps next = {0};

    for (size_t i = 0; i < count; i++) {
        size_t node = steps[i].node;

        if (i && node == steps[i - 1].node)
            continue;
        for (size_t k = text->starts[node]; k < text->starts[node + 1]; k++) {
            const struct object_edge *edge = &text->objects->edges[text->order[k]];
            size_t far = far_end(text, edge);

            if (!add_step(&next, (struct step){far, pointer_of(edge),
                                               name_of(&text->objects->nodes[far])}))
                text->out_of_memory = true;
        }
    }
    write_steps(text, &next, depth + 1);
    free(next.all);
}

/* A line for those that are alike; nodes that have a line already lead on from there. */
static void write_steps(struct object_text *text, struct steps *steps, unsigned depth)
{
    if (steps->count)
        qsort(steps->all, steps->count, sizeof(*steps->all), compare_steps);
    for (size_t first = 0, end; first < steps->count; first = end) {
        bool is_known = true;

        for (end = first; end < steps->count && is_alike(&steps->all[first], &steps->all[end]);
             end++) {
            is_known = is_known && text->is_written[steps->all[end].node];
            text->is_written[steps->all[end].node] = true;
        }
        is_known = is_known && text->objects->nodes[steps->all[first].node].kind == OBJECT_BLOCK;
        write_line(text, &steps->all[first], end - first, depth, is_known);
        if (!is_known && depth < MOST_DEPTH)
            write_next(text, &steps->all[first], end - first, depth);
    }
}

/* Where lines begin: at what was asked for, or, when led forward, at what nothing shown holds. */
static bool is_start(const struct object_text *text, enum object_view view, size_t node,
                     const bool *is_led_to)
{
    if (view == OBJECT_VIEW_BACKREFS || view == OBJECT_VIEW_REFS)
        return text->objects->nodes[node].is_start;
    return !is_led_to[node];
}

static bool write_process(struct object_text *text, enum object_view view)
{
    const struct object_graph *objects = text->objects;
    bool *is_led_to = calloc(objects->node_count + 1, sizeof(*is_led_to));
    struct steps starts = {0};
    bool done = is_led_to && index_edges(text);

    for (size_t i = 0; done && i < objects->edge_count; i++)
        is_led_to[far_end(text, &objects->edges[i])] = true;
    for (size_t i = 0; done && i < objects->node_count; i++)
        if (is_start(text, view, i, is_led_to))
            done = add_step(&starts, (struct step){.node = i, .name = name_of(&objects->nodes[i])});
    if (done) {
        write_steps(text, &starts, 0);
        /* cycles that nothing shown leads into */
        for (size_t i = 0; i < objects->node_count; i++)
            if (!text->is_written[i] && objects->nodes[i].kind == OBJECT_BLOCK) {
                starts.count = 0;
                done =
                    done && add_step(&starts,
                                     (struct step){.node = i, .name = name_of(&objects->nodes[i])});
                write_steps(text, &starts, 0);
            }
    }
    free(starts.all);
    free(is_led_to);
    free(text->starts);
    free(text->order);
    free(text->is_written);
    return done && !text->out_of_memory;
}

bool object_text_write(const struct session *session, enum object_view view,
                       const struct style *style, FILE *file, struct error *error)
{
    bool found = false;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];
        struct object_text text = {.file = file,
                                   .objects = process->objects,
                                   .style = style,
                                   .backward = view == OBJECT_VIEW_BACKREFS};

        found |= process->objects != NULL;
        if (!process->objects || !process->objects->node_count)
            continue;
        fprintf(file, "%s (pid %d), snapshot %" PRIu64, label_process(process).text, process->pid,
                process->objects->snapshot);
        if (process->objects->matches)
            fprintf(file, ", %s named", format_plural(process->objects->matches, "block").text);
        fputc('\n', file);
        if (!write_process(&text, view))
            return error_set(error, "out of memory");
    }
    return found || error_set(error, "%s: no such process", session->path);
}
