/* SPDX-License-Identifier: MIT */
#include "report/html/html_writer.h"

#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/view/labels.h"

void html_number(const struct html_writer *writer, const char *text)
{
    fprintf(writer->file, "<td class=\"number\">%s</td>", text);
}

void html_more(const struct html_writer *writer, size_t count, size_t shown, const char *noun)
{
    if (count > shown)
        fprintf(writer->file, "<p class=\"faint\">and %s more: export --format json has all</p>\n",
                format_plural(count - shown, noun).text);
}

void html_stack(const struct html_writer *writer, const struct stack *stack)
{
    fputs("<details class=\"stack\"><summary>", writer->file);
    markup_text(writer->file, label_stack(stack).text);
    fputs("</summary><ol>", writer->file);
    for (size_t i = 0; i < stack->frame_count; i++) {
        fputs("<li>", writer->file);
        markup_text(writer->file, label_place(&stack->frames[i]).text);
        fputs("</li>", writer->file);
    }
    fprintf(writer->file, "%s</ol></details>", stack->cut ? "<li>(not recorded further)</li>" : "");
}
