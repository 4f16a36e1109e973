/* SPDX-License-Identifier: MIT */
#include "report/json/type_json.h"

#include <jansson.h>

#include "report/base/json_document.h"
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
    return json_document_write(root, file, JSON_COMPACT, error);
}
