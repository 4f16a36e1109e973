/* SPDX-License-Identifier: MIT */
#include "report/text/type_growth_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/object_graph.h"
#include "report/base/format.h"
#include "report/view/labels.h"
#include "report/view/type_growth.h"

enum { NUMBERS_WIDTH = 54, LEAST_ROOM = 20 };

static void write_rows(const struct type_growth_text_options *options, FILE *file,
                       const struct type_growth_rows *rows, const char *heading)
{
    unsigned width = options->style.width;
    unsigned room = width > NUMBERS_WIDTH + LEAST_ROOM ? width - NUMBERS_WIDTH : LEAST_ROOM;

    if (!rows->count)
        return;
    fprintf(file, "\n%12s %12s %12s %12s  %s\n", "blocks", "delta", "bytes", "delta", heading);
    for (size_t i = 0; i < rows->count && i < options->top; i++) {
        const struct type_growth_row *row = &rows->rows[i];
        struct label name;

        snprintf(name.text, sizeof(name.text), "%s", row->name);
        fprintf(file, "%12s %12s %12s %12s  %s%s%s\n", format_count(row->blocks).text,
                format_count_change(row->blocks_delta).text, format_size(row->bytes).text,
                format_size_change(row->bytes_delta).text,
                style_on(&options->style, row->bytes_delta > 0 ? STYLE_STRONG : STYLE_FAINT),
                label_fit(name, room, options->style.utf8).text, style_off(&options->style));
    }
    if (rows->count > options->top)
        fprintf(file, "%*s  and %s more\n", 51, "", format_count(rows->count - options->top).text);
}

static void write_title(const struct type_growth_text_options *options, FILE *file,
                        const struct process *old, const struct process *new,
                        const struct type_growth *growth)
{
    fprintf(file, "%s%s%s  pid %d, snapshot %" PRIu64, style_on(&options->style, STYLE_HEADING),
            label_command(new).text, style_off(&options->style), new->pid, new->objects->snapshot);
    if (old)
        fprintf(file, " against pid %d, snapshot %" PRIu64, old->pid, old->objects->snapshot);
    else
        fputs(", which is new", file);
    fprintf(file, ": %s in %s blocks\n", format_size_change(growth->bytes_delta).text,
            format_count_change(growth->blocks_delta).text);
}

static bool write_process(const struct type_growth_text_options *options, FILE *file,
                          const struct process *old, const struct process *new)
{
    const struct object_graph *before = old ? old->objects : NULL;
    struct type_growth growth;

    if (new->objects->why_not || (before && before->why_not)) {
        fprintf(file, "%s  pid %d: %s\n", label_command(new).text, new->pid,
                new->objects->why_not ? new->objects->why_not : before->why_not);
        return true;
    }
    if (!type_growth_find(&growth, before, new->objects))
        return false;
    write_title(options, file, old, new, &growth);
    if (!growth.types.count)
        fputs("nothing changed\n", file);
    write_rows(options, file, &growth.types, "type");
    write_rows(options, file, &growth.places, "made by");
    type_growth_release(&growth);
    return true;
}

bool type_growth_text_write(const struct session *old, const struct session *new,
                            const struct type_growth_text_options *options, FILE *file,
                            struct error *error)
{
    bool found = false;

    for (size_t i = 0; i < new->process_count; i++) {
        const struct process *process = &new->processes[i];

        if (!type_growth_is_wanted(process, options->pid))
            continue;
        if (found)
            fputc('\n', file);
        found = true;
        if (!write_process(options, file, type_growth_counterpart(old, new, process), process))
            return error_set(error, "out of memory");
    }
    return found || error_set(error, "%s: no process with pid %" PRIu64, new->path, options->pid);
}
