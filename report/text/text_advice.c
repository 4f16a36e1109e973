/* SPDX-License-Identifier: MIT */
/*
 * What the program could do better:
 *
 *   Advice
 *     reuse: 100000 strings made and dropped at once, 4199999 bytes in all: keep one std::string
 *         by parse (robot.cpp:16)
 */
#include <string.h>

#include "report/text/text_parts.h"

enum { FIRST_INDENT = 2, INDENT = 4 };

/* Writes words from `column` on, wrapped at the width of the terminal but never split. */
static void write_wrapped(const struct text_writer *writer, const char *text, unsigned column)
{
    unsigned width = text_room(writer, INDENT) + INDENT;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (column > INDENT && column + 1 + length > width) {
            fprintf(writer->file, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            fputc(' ', writer->file);
            column++;
        }
        fwrite(text, 1, length, writer->file);
        column += (unsigned)length;
        text += length + strspn(text + length, " ");
    }
    fputc('\n', writer->file);
}

void text_advice(const struct text_writer *writer, const struct process *process)
{
    if (process->advice_count)
        text_heading(writer, "Advice", process->advice_count);
    for (size_t i = 0; i < process->advice_count && i < writer->options->top; i++) {
        const struct advice *advice = &process->advice[i];

        fprintf(writer->file, "%*s", FIRST_INDENT, "");
        text_styled(writer, STYLE_STRONG, "%s:", advice->kind);
        write_wrapped(writer, advice->text, FIRST_INDENT + (unsigned)strlen(advice->kind) + 1);
        if (advice->stack.frame_count)
            text_stack(writer, &advice->stack, INDENT, "by");
    }
}
