/* SPDX-License-Identifier: MIT */
#include "report/text/type_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/object_graph.h"
#include "report/base/format.h"
#include "report/view/labels.h"
#include "report/view/type_list.h"

enum { NUMBERS_WIDTH = 44, DEEP_WIDTH = 12, LEAST_ROOM = 20 };

static int descending(uint64_t one, uint64_t other)
{
    return one > other ? -1 : one < other;
}

static int by_bytes(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;

    return descending(one->bytes, other->bytes);
}

static int by_blocks(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;
    int order = descending(one->blocks, other->blocks);

    return order ? order : by_bytes(left, right);
}

static int by_retained(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;
    int order = descending(one->retained_bytes, other->retained_bytes);

    return order ? order : by_bytes(left, right);
}

static int by_name(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;

    return strcmp(one->name, other->name);
}

static int (*const orders[])(const void *, const void *) = {[TYPES_BY_BYTES] = by_bytes,
                                                            [TYPES_BY_BLOCKS] = by_blocks,
                                                            [TYPES_BY_RETAINED] = by_retained,
                                                            [TYPES_BY_NAME] = by_name};

/* Deep sizes, known for Python only, get a column if there are any. */
static bool has_deep_sizes(const struct type_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->rows[i].deep_bytes)
            return true;
    return false;
}

static void write_type(const struct type_table_options *options, FILE *file,
                       const struct type_row *type, bool with_deep)
{
    struct label name;
    unsigned width = options->style.width, numbers = NUMBERS_WIDTH + (with_deep ? DEEP_WIDTH : 0);
    unsigned room = width > numbers + LEAST_ROOM ? width - numbers : LEAST_ROOM;

    snprintf(name.text, sizeof(name.text), "%s", type->name);
    fprintf(file, "%12s %11s %11s", format_count(type->blocks).text, format_size(type->bytes).text,
            format_size(type->retained_bytes).text);
    if (with_deep)
        fprintf(file, " %11s", format_size(type->deep_bytes).text);
    fprintf(file, "  %s%s%s", style_on(&options->style, STYLE_STRONG),
            label_fit(name, room, options->style.utf8).text, style_off(&options->style));
    if (type->leaked_blocks)
        fprintf(file, ", %s leaked", format_count(type->leaked_blocks).text);
    if (type->stack_blocks)
        fprintf(file, ", %s by stack only", format_count(type->stack_blocks).text);
    fputc('\n', file);
}

static void write_title(const struct type_table_options *options, FILE *file,
                        const struct process *process, size_t types)
{
    const struct object_graph *objects = process->objects;

    fprintf(file, "%s%s%s  pid %d", style_on(&options->style, STYLE_HEADING),
            label_command(process).text, style_off(&options->style), process->pid);
    if (objects->why_not)
        fprintf(file, ": %s\n", objects->why_not);
    else
        fprintf(file, ", snapshot %" PRIu64 ": %s in %s of %s\n\n", objects->snapshot,
                format_size(objects->bytes).text, format_plural(objects->blocks, "block").text,
                format_plural(types, "type").text);
}

static void write_rows(const struct type_table_options *options, FILE *file,
                       const struct type_list *list)
{
    bool with_deep = has_deep_sizes(list);
    uint64_t shown = 0;

    fprintf(file, "%s%12s %11s %11s%s  type%s\n", style_on(&options->style, STYLE_FAINT), "blocks",
            "bytes", "retained", with_deep ? "        deep" : "", style_off(&options->style));
    for (size_t i = 0; i < list->count && shown < options->top; i++) {
        if (options->stack_only && !list->rows[i].stack_blocks)
            continue;
        write_type(options, file, &list->rows[i], with_deep);
        shown++;
    }
    if (!options->stack_only && shown < list->count)
        fprintf(file, "%*s  and %s\n", with_deep ? 36 + DEEP_WIDTH : 36, "",
                format_plural(list->count - shown, "more type").text);
}

static bool write_process(const struct type_table_options *options, FILE *file,
                          const struct process *process)
{
    struct type_list list;

    if (process->objects->why_not) {
        write_title(options, file, process, 0);
        return true;
    }
    if (!type_list_collect(&list, process->objects))
        return false;
    write_title(options, file, process, list.count);
    qsort(list.rows, list.count, sizeof(*list.rows), orders[options->order]);
    write_rows(options, file, &list);
    type_list_release(&list);
    return true;
}

bool type_table_write(const struct session *session, const struct type_table_options *options,
                      FILE *file, struct error *error)
{
    bool found = false;

    for (size_t i = 0; i < session->process_count; i++) {
        if (!session->processes[i].objects)
            continue;
        if (found)
            fputc('\n', file);
        found = true;
        if (!write_process(options, file, &session->processes[i]))
            return error_set(error, "out of memory");
    }
    return found ||
           error_set(error, "%s: no process with pid %" PRIu64, session->path, options->pid);
}
