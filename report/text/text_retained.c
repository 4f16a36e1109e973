/* SPDX-License-Identifier: MIT */
/* What retains most: the blocks that roots hold, with everything that would go with them. */
#include "analyzer/object_graph.h"
#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/object_labels.h"

enum { NUMBERS_WIDTH = 34 };

static void write_retainer(const struct text_writer *writer, const struct object_node *node)
{
    struct label name = object_label_node(node), line;

    if (node->name && node->site)
        snprintf(line.text, sizeof(line.text), "%.500s, %.300s", name.text,
                 label_site(node->site).text);
    else
        line = name;
    fprintf(writer->file, "%13s  %13s  ", format_size(node->retained_bytes).text,
            format_size(node->size_bytes).text);
    text_styled(
        writer, STYLE_STRONG, "%s",
        label_fit(line, text_room(writer, NUMBERS_WIDTH), writer->options->style.utf8).text);
    fputc('\n', writer->file);
    if (node->held_by)
        fprintf(writer->file, "%*sheld by %s\n", NUMBERS_WIDTH, "",
                label_fit(label_type(node->held_by), text_room(writer, NUMBERS_WIDTH + 8),
                          writer->options->style.utf8)
                    .text);
}

/* So that the list adds up to the heap of the snapshot. */
static void write_others(const struct text_writer *writer, const struct object_graph *objects)
{
    uint64_t rest = objects->bytes;

    for (size_t i = 0; i < objects->retainer_count; i++)
        rest -= objects->retainers[i].retained_bytes < rest ? objects->retainers[i].retained_bytes
                                                            : rest;
    if (rest)
        fprintf(writer->file, "%13s  %13s  others, and what nothing reaches\n",
                format_size(rest).text, "");
    fprintf(writer->file, "%13s  %13s  all\n", format_size(objects->bytes).text, "");
}

void text_retained(const struct text_writer *writer, const struct process *process)
{
    const struct object_graph *objects = process->objects;

    if (!objects)
        return;
    text_heading(writer, "What retains most, with all that would go with it", 0);
    if (objects->why_not)
        fprintf(writer->file, "  not known: %s\n", objects->why_not);
    else
        fprintf(writer->file, "%13s  %13s\n", "retained", "own size");
    for (size_t i = 0; i < objects->retainer_count; i++)
        write_retainer(writer, &objects->retainers[i]);
    if (!objects->why_not)
        write_others(writer, objects);
}
