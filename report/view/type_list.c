/* SPDX-License-Identifier: MIT */
#include "report/view/type_list.h"

#include <stdlib.h>
#include <string.h>

#include "report/view/object_labels.h"

static int compare_names(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;

    return strcmp(one->name, other->name);
}

static bool fill(struct type_list *list, const struct object_graph *objects)
{
    for (size_t i = 0; i < objects->type_count; i++) {
        const struct object_type *type = &objects->types[i];
        struct type_row *row = &list->rows[i];

        *row = (struct type_row){.name = strdup(object_label_type(type).text),
                                 .blocks = type->blocks,
                                 .bytes = type->bytes,
                                 .retained_bytes = type->retained_bytes,
                                 .deep_bytes = type->deep_bytes,
                                 .leaked_blocks = type->leaked_blocks,
                                 .stack_blocks = type->stack_blocks,
                                 .site = type->site,
                                 .is_type = type->name != NULL};
        if (!row->name)
            return false;
        list->count++;
    }
    return true;
}

static void add(struct type_row *sum, const struct type_row *row)
{
    sum->blocks += row->blocks;
    sum->bytes += row->bytes;
    sum->retained_bytes += row->retained_bytes;
    sum->deep_bytes += row->deep_bytes;
    sum->leaked_blocks += row->leaked_blocks;
    sum->stack_blocks += row->stack_blocks;
}

static void merge(struct type_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (kept && strcmp(list->rows[kept - 1].name, list->rows[i].name) == 0) {
            add(&list->rows[kept - 1], &list->rows[i]);
            free(list->rows[i].name);
        } else {
            list->rows[kept++] = list->rows[i];
        }
    }
    list->count = kept;
}

bool type_list_collect(struct type_list *list, const struct object_graph *objects)
{
    *list = (struct type_list){.rows = calloc(objects->type_count + 1, sizeof(*list->rows))};
    if (!list->rows || !fill(list, objects)) {
        type_list_release(list);
        return false;
    }
    qsort(list->rows, list->count, sizeof(*list->rows), compare_names);
    merge(list);
    return true;
}

void type_list_release(struct type_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->rows[i].name);
    free(list->rows);
    *list = (struct type_list){0};
}
