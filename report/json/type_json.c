/* SPDX-License-Identifier: MIT */
#include "report/json/type_json.h"

#include <jansson.h>

#include "report/base/output.h"
#include "report/view/type_growth.h"
#include "report/view/type_list.h"

static json_t *row(const struct type_row *of)
{
    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "type", of->name, "is_type",
                     of->is_type, "blocks", (json_int_t)of->blocks, "bytes", (json_int_t)of->bytes,
                     "retained_bytes", (json_int_t)of->retained_bytes, "deep_bytes",
                     (json_int_t)of->deep_bytes, "leaked_blocks", (json_int_t)of->leaked_blocks,
                     "stack_only_blocks", (json_int_t)of->stack_blocks);
}

static json_t *process_types(const struct process *of)
{
    json_t *types = json_array();
    struct type_list list;

    if (!of->objects->why_not) {
        if (!type_list_collect(&list, of->objects))
            return NULL;
        for (size_t i = 0; i < list.count; i++)
            json_array_append_new(types, row(&list.rows[i]));
        type_list_release(&list);
    }
    return json_pack("{s:i, s:I, s:s?, s:I, s:I, s:o}", "pid", of->pid, "snapshot",
                     (json_int_t)of->objects->snapshot, "why_not", of->objects->why_not, "blocks",
                     (json_int_t)of->objects->blocks, "bytes", (json_int_t)of->objects->bytes,
                     "types", types);
}

bool type_json_write(const struct session *session, FILE *file, struct error *error)
{
    json_t *processes = json_array(), *root;

    for (size_t i = 0; i < session->process_count; i++)
        if (session->processes[i].objects)
            json_array_append_new(processes, process_types(&session->processes[i]));
    root = json_pack("{s:s, s:i, s:o}", "format", "leakgraph-types", "version", 1, "processes",
                     processes);
    return output_json(file, root, JSON_COMPACT, error);
}

/* --- growth --- */

static json_t *growth_rows(const struct type_growth_rows *rows)
{
    json_t *array = json_array();

    for (size_t i = 0; i < rows->count; i++) {
        const struct type_growth_row *row = &rows->rows[i];

        json_array_append_new(array, json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", row->name,
                                               "blocks", (json_int_t)row->blocks, "blocks_delta",
                                               (json_int_t)row->blocks_delta, "bytes",
                                               (json_int_t)row->bytes, "bytes_delta",
                                               (json_int_t)row->bytes_delta));
    }
    return array;
}

static json_t *process_growth(const struct process *old, const struct process *new)
{
    const struct object_graph *before = old ? old->objects : NULL;
    struct type_growth growth;
    json_t *object;

    if (new->objects->why_not || (before && before->why_not))
        return json_pack("{s:i, s:s}", "pid", new->pid, "why_not",
                         new->objects->why_not ? new->objects->why_not : before->why_not);
    if (!type_growth_find(&growth, before, new->objects))
        return NULL;
    object =
        json_pack("{s:i, s:I, s:I, s:I, s:I, s:o, s:o}", "pid", new->pid, "old_snapshot",
                  (json_int_t)(before ? before->snapshot : 0), "new_snapshot",
                  (json_int_t) new->objects->snapshot, "blocks_delta",
                  (json_int_t)growth.blocks_delta, "bytes_delta", (json_int_t)growth.bytes_delta,
                  "types", growth_rows(&growth.types), "places", growth_rows(&growth.places));
    type_growth_release(&growth);
    return object;
}

bool type_json_write_growth(const struct session *old, const struct session *new, uint64_t pid,
                            FILE *file, struct error *error)
{
    json_t *processes = json_array(), *root;

    for (size_t i = 0; i < new->process_count; i++) {
        const struct process *process = &new->processes[i];

        if (type_growth_is_wanted(process, pid))
            json_array_append_new(
                processes, process_growth(type_growth_counterpart(old, new, process), process));
    }
    root = json_pack("{s:s, s:i, s:o}", "format", "leakgraph-diff", "version", 1, "processes",
                     processes);
    return output_json(file, root, JSON_COMPACT, error);
}
