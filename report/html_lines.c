/* SPDX-License-Identifier: MIT */
/* The hottest lines in the page, with the source around them where it can be read. */
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/html_parts.h"
#include "report/labels.h"
#include "report/markup.h"
#include "report/utf8.h"

enum { SHOWN = 25, AROUND = 3 };

static void write_source_line(FILE *file, const char *text, unsigned number, bool hot)
{
    char clean[512];
    size_t length;

    utf8_copy(clean, sizeof(clean), text, false);
    length = strcspn(clean, "\n");
    clean[length] = 0;
    fprintf(file, "%s%5u  ", hot ? "<span class=\"hot\">" : "", number);
    markup_text(file, clean);
    fputs(hot ? "</span>\n" : "\n", file);
}

/* False: there is no such file here. */
static bool write_source(const struct html_writer *writer, const struct line *line)
{
    FILE *source = fopen(line->file, "re");
    char *text = NULL;
    size_t size = 0;

    if (!source)
        return false;
    fputs("<pre class=\"source\">", writer->file);
    for (unsigned number = 1; getline(&text, &size, source) >= 0 && number <= line->line + AROUND;
         number++)
        if (number + AROUND >= line->line)
            write_source_line(writer->file, text, number, number == line->line);
    fputs("</pre>", writer->file);
    free(text);
    fclose(source);
    return true;
}

static void write_line(const struct html_writer *writer, const struct line *line)
{
    fprintf(writer->file,
            "<tr><td class=\"number\">%s</td><td class=\"number\">%s</td>"
            "<td class=\"number\">%s</td><td class=\"number\">%s</td>"
            "<td class=\"number\">%s</td><td><details><summary>",
            format_count(line->allocations).text, format_size(line->allocated_bytes).text,
            format_size(line->peak_bytes).text,
            line->leaked_bytes ? format_size(line->leaked_bytes).text : "",
            line->temporary_allocations
                ? format_percent(line->temporary_allocations, line->allocations).text
                : "");
    markup_text(writer->file,
                label_place(&(struct frame){
                                .function = line->function, .file = line->file, .line = line->line})
                    .text);
    fputs("</summary>", writer->file);
    if (!write_source(writer, line)) {
        fputs("<p class=\"faint\">source not found: ", writer->file);
        markup_text(writer->file, line->file);
        fputs("</p>", writer->file);
    }
    fputs("</details></td></tr>\n", writer->file);
}

void html_lines(const struct html_writer *writer, const struct process *process)
{
    if (!process->line_count)
        return;
    html_heading(writer, "lines", "Hot lines");
    fputs("<table><thead><tr><th class=\"number\">allocations</th><th class=\"number\">bytes</th>"
          "<th class=\"number\">at the peak</th><th class=\"number\">leaked</th>"
          "<th class=\"number\">temporary</th><th>line</th></tr></thead><tbody>\n",
          writer->file);
    for (size_t i = 0; i < process->line_count && i < SHOWN; i++)
        write_line(writer, &process->lines[i]);
    fputs("</tbody></table>\n", writer->file);
}
