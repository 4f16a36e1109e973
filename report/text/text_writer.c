/* SPDX-License-Identifier: MIT */
#include "report/text/text_writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "analyzer/symbols/frame_kind.h"
#include "report/base/format.h"
#include "report/view/labels.h"

enum { MIN_ROOM = 24 };

void text_styled(const struct text_writer *writer, enum style_kind kind, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs(style_on(&writer->options->style, kind), writer->file);
    vfprintf(writer->file, format, arguments);
    fputs(style_off(&writer->options->style), writer->file);
    va_end(arguments);
}

void text_heading(const struct text_writer *writer, const char *heading, uint64_t entries)
{
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", heading);
    if (entries > writer->options->top)
        text_styled(writer, STYLE_FAINT, "  (%s, %" PRIu64 " shown)", format_count(entries).text,
                    writer->options->top);
    fputc('\n', writer->file);
}

unsigned text_room(const struct text_writer *writer, unsigned used)
{
    unsigned width = writer->options->style.width;

    return used + MIN_ROOM < width ? width - used : MIN_ROOM;
}

/*
 * The function that Python called in an extension, if it has no source line of its own:
 * PyInit_netifaces.
 */
static const struct frame *extension_frame(const struct stack *stack, const struct frame *first)
{
    if (!first || first->language != FRAME_PYTHON)
        return NULL;
    for (const struct frame *frame = stack->frames; frame < first; frame++)
        if (frame->function && frame->language == FRAME_NATIVE && !frame_is_machinery(frame) &&
            !frame_is_interpreter(frame) && !frame_is_malloc_of_library(frame))
            return frame;
    return NULL;
}

static void write_frame(const struct text_writer *writer, const struct frame *frame,
                        enum style_kind style, unsigned room)
{
    text_styled(writer, style, "%s",
                label_fit(label_place(frame), room, writer->options->style.utf8).text);
    fputc('\n', writer->file);
}

void text_stack(const struct text_writer *writer, const struct stack *stack, int indent,
                const char *first_word)
{
    const struct frame *first = writer->options->stack_frames ? label_frame(stack) : stack->frames;
    size_t index = first ? (size_t)(first - stack->frames) : 0, shown = 0;
    int word_width = (int)strlen(first_word);
    unsigned room = text_room(writer, (unsigned)(indent + word_width) + 1);
    const struct frame *extension = extension_frame(stack, first);

    if (extension && writer->options->stack_frames) {
        fprintf(writer->file, "%*s%s ", indent, "", first_word);
        write_frame(writer, extension, STYLE_STRONG, room);
        first_word = "";
    }
    for (; index < stack->frame_count; index++, shown++) {
        if (writer->options->stack_frames && shown == writer->options->stack_frames)
            break;
        if (writer->options->stack_frames && shown && frame_starts_programs(&stack->frames[index]))
            break;
        fprintf(writer->file, "%*s%-*s ", indent, "", word_width, shown ? "" : first_word);
        write_frame(writer, &stack->frames[index], shown ? STYLE_FAINT : STYLE_STRONG, room);
    }
    if (!stack->frame_count)
        fprintf(writer->file, "%*s%s unknown\n", indent, "", first_word);
    else if (!writer->options->stack_frames && stack->cut)
        fprintf(writer->file, "%*s%-*s (not recorded further)\n", indent, "", word_width, "");
}
