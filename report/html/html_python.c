/* SPDX-License-Identifier: MIT */
/* Python's objects in the page: the collector, garbage cycles, references too many, most common
 * types. */
#include <inttypes.h>

#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/html/html_parts.h"
#include "report/view/labels.h"

enum { LISTED = 50, LISTED_TYPES = 20 };

static void write_summary(const struct html_writer *writer, const struct python *python)
{
    FILE *file = writer->file;

    fputs("<p>Python ", file);
    markup_text(file, python->version ? python->version : "");
    if (python->why_not || !python->checked) {
        fputs(": <span class=\"doubt\">its garbage was not checked: ", file);
        markup_text(file, python->why_not         ? python->why_not
                          : python->unchecked_why ? python->unchecked_why
                                                  : "");
        fputs("</span></p>\n", file);
        return;
    }
    fprintf(file, ": %s, %s%s</p>\n", format_plural(python->objects, "object").text,
            format_size(python->bytes).text,
            python->gc_enabled ? "" : "; <b class=\"doubt\">the collector is off</b>");
}

static void write_garbage(const struct html_writer *writer, const struct process *process)
{
    const struct python *python = process->python;

    if (!python->garbage_objects)
        return;
    fprintf(writer->file,
            "<p class=\"bad\">%s of garbage wait for gc.collect(): %s, %s, and %s with what only "
            "they hold</p>\n",
            format_plural(python->garbage_cycles, "cycle").text,
            format_plural(python->garbage_objects, "object").text,
            format_size(python->garbage_bytes).text,
            format_size(python->garbage_retained_bytes).text);
    if (python->cycle_count)
        html_cycle_list(writer, process, python->cycles, python->cycle_count,
                        "make this one weak (weakref)");
}

static void write_mixed(const struct html_writer *writer, const struct process *process)
{
    const struct python *python = process->python;

    if (!python->mixed_count)
        return;
    fprintf(writer->file,
            "<p class=\"bad\">%s through C++ and Python, never collected: %s with what only they "
            "hold</p>\n",
            format_plural(python->mixed_cycles, "cycle").text,
            format_size(python->mixed_retained_bytes).text);
    html_cycle_list(writer, process, python->mixed, python->mixed_count,
                    "release this one, or make it weak (weakref.WeakMethod)");
}

static void write_leak(const struct html_writer *writer, const struct python_leak *leak)
{
    fputs("<tr>", writer->file);
    html_number(writer, format_count(leak->objects).text);
    html_number(writer, format_size(leak->bytes).text);
    html_number(writer, format_size(leak->retained_bytes).text);
    html_number(writer, format_count(leak->references).text);
    html_number(writer, format_count(leak->found).text);
    fputs("<td>", writer->file);
    markup_text(writer->file, label_type(leak->type).text);
    fputs("</td><td>", writer->file);
    if (leak->site)
        html_stack(writer, &leak->site->stack);
    fputs("</td></tr>\n", writer->file);
}

static void write_leaks(const struct html_writer *writer, const struct python *python)
{
    if (!python->leak_count)
        return;
    fputs("<h4>Objects with a reference too many: an extension lacks a Py_DECREF</h4>\n"
          "<table class=\"long\"><thead><tr><th class=\"number\">objects</th>"
          "<th class=\"number\">bytes</th><th class=\"number\">retained</th>"
          "<th class=\"number\">references counted</th><th class=\"number\">found</th>"
          "<th>type</th><th>made by</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < python->leak_count && i < LISTED; i++)
        write_leak(writer, &python->leaks[i]);
    fputs("</tbody></table>\n", writer->file);
    html_more(writer, python->leak_count, LISTED, "place");
}

static void write_types(const struct html_writer *writer, const struct python *python)
{
    if (!python->type_count)
        return;
    fputs(
        "<details><summary>most common types of objects</summary><table class=\"long\"><thead><tr>"
        "<th class=\"number\">objects</th><th class=\"number\">bytes</th>"
        "<th class=\"number\">garbage</th><th>type</th></tr></thead><tbody>\n",
        writer->file);
    for (size_t i = 0; i < python->type_count && i < LISTED_TYPES; i++) {
        const struct python_type *type = &python->types[i];

        fputs("<tr>", writer->file);
        html_number(writer, format_count(type->objects).text);
        html_number(writer, format_size(type->bytes).text);
        html_number(writer, type->garbage_objects ? format_count(type->garbage_objects).text : "");
        fputs("<td>", writer->file);
        markup_text(writer->file, label_type(type->name).text);
        fputs("</td></tr>\n", writer->file);
    }
    fputs("</tbody></table></details>\n", writer->file);
}

static void write_collector(const struct html_writer *writer, const struct python *python)
{
    fputs("<details><summary>the collector</summary><table><thead><tr>"
          "<th class=\"number\">generation</th><th class=\"number\">threshold</th>"
          "<th class=\"number\">count</th><th class=\"number\">collections</th>"
          "<th class=\"number\">collected</th><th class=\"number\">uncollectable</th></tr></thead>"
          "<tbody>\n",
          writer->file);
    for (unsigned i = 0; i < 3; i++) {
        const struct python_generation *generation = &python->generations[i];

        fprintf(writer->file,
                "<tr><td class=\"number\">%u</td><td class=\"number\">%" PRId64
                "</td><td class=\"number\">%" PRId64 "</td>",
                i, generation->threshold, generation->count);
        html_number(writer, format_count(generation->collections).text);
        html_number(writer, format_count(generation->collected).text);
        html_number(writer, format_count(generation->uncollectable).text);
        fputs("</tr>\n", writer->file);
    }
    fputs("</tbody></table></details>\n", writer->file);
}

bool html_python(const struct html_writer *writer, const struct process *process,
                 struct error *error)
{
    const struct python *python = process->python;

    (void)error;
    write_summary(writer, python);
    if (python->why_not || !python->checked)
        return true;
    write_mixed(writer, process);
    write_garbage(writer, process);
    write_leaks(writer, python);
    write_types(writer, python);
    write_collector(writer, python);
    return true;
}
