/* SPDX-License-Identifier: MIT */
#include "report/view/object_labels.h"

#include <inttypes.h>
#include <stdio.h>

#include "report/base/format.h"

static struct label by_site(const struct site *site)
{
    struct label place = label_site(site), label;

    snprintf(label.text, sizeof(label.text), "by %.1000s", place.text);
    return label;
}

struct label object_label_type(const struct object_type *type)
{
    return type->name ? label_type(type->name) : by_site(type->site);
}

struct label object_label_node(const struct object_node *node)
{
    struct label label;

    if (node->kind == OBJECT_MORE) {
        snprintf(label.text, sizeof(label.text), "%s more", format_count(node->more).text);
        return label;
    }
    return node->name ? label_type(node->name) : by_site(node->site);
}

struct label object_label_edge(const struct object_edge *edge)
{
    struct label label;

    if (edge->label)
        return label_type(edge->label);
    snprintf(label.text, sizeof(label.text), "+%" PRIu64, edge->offset);
    if (edge->pointers > 1)
        snprintf(label.text, sizeof(label.text), "+%" PRIu64 " and %s more", edge->offset,
                 format_count(edge->pointers - 1).text);
    return label;
}
