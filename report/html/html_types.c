/* SPDX-License-Identifier: MIT */
/* The types of a process's blocks, those with most bytes first. */
#include <stdlib.h>

#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/html/html_parts.h"
#include "report/view/type_list.h"

enum { LISTED = 100 };

static int by_bytes(const void *left, const void *right)
{
    const struct type_row *one = left, *other = right;

    return (one->bytes < other->bytes) - (one->bytes > other->bytes);
}

static void write_row(const struct html_writer *writer, const struct type_row *row)
{
    fputs("<tr>", writer->file);
    html_number(writer, format_count(row->blocks).text);
    html_number(writer, format_size(row->bytes).text);
    html_number(writer, format_size(row->retained_bytes).text);
    html_number(writer, row->leaked_blocks ? format_count(row->leaked_blocks).text : "");
    fputs(row->is_type ? "<td>" : "<td class=\"faint\">", writer->file);
    markup_text(writer->file, row->name);
    fputs("</td></tr>\n", writer->file);
}

bool html_types(const struct html_writer *writer, const struct process *process,
                struct error *error)
{
    struct type_list list;

    if (!type_list_collect(&list, process->objects))
        return error_set(error, "out of memory");
    qsort(list.rows, list.count, sizeof(*list.rows), by_bytes);
    fprintf(writer->file,
            "<p class=\"faint\">%s in %s at the last snapshot; in grey what is known only by the "
            "place that made it</p>\n",
            format_size(process->objects->bytes).text,
            format_plural(process->objects->blocks, "block").text);
    fputs("<table class=\"long\"><thead><tr><th class=\"number\">blocks</th>"
          "<th class=\"number\">bytes</th><th class=\"number\">retained</th>"
          "<th class=\"number\">leaked</th><th>type</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < list.count && i < LISTED; i++)
        write_row(writer, &list.rows[i]);
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, list.count, LISTED, "type");
    type_list_release(&list);
    return true;
}
