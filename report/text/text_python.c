/* SPDX-License-Identifier: MIT */
/*
 * Python's objects in text:
 *
 *   Python 3.11.2: 12,441 objects, 1.3 MiB; the collector is off
 *   5 cycles of garbage wait for gc.collect(): 20 objects, 1.1 KiB, and 1.4 KiB that only they hold
 *     5 x  560 B in 10 objects, 112 B each
 *         Node (robot.py:7) --peer--> Node (robot.py:7) --peer--> back
 *         make weak (weakref) Node.peer: ...
 */
#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"

static void write_garbage(const struct text_writer *writer, const struct python *python)
{
    static const struct text_cycle_words words = {"object", "reference",
                                                  "make weak (weakref):", true};
    uint64_t held = python->garbage_retained_bytes > python->garbage_bytes
                        ? python->garbage_retained_bytes - python->garbage_bytes
                        : 0;

    if (!python->garbage_objects)
        return;
    fprintf(writer->file, "%s of garbage %s for gc.collect(): %s, %s",
            format_plural(python->garbage_cycles, "cycle").text,
            python->garbage_cycles == 1 ? "waits" : "wait",
            format_plural(python->garbage_objects, "object").text,
            format_size(python->garbage_bytes).text);
    if (held)
        fprintf(writer->file, ", and %s that only they hold", format_size(held).text);
    fputc('\n', writer->file);
    if (writer->options->findings_only && python->gc_enabled)
        return; /* not a finding: the collector will come */
    for (size_t i = 0; i < python->cycle_count && i < writer->options->top; i++)
        text_cycle(writer, &python->cycles[i], &words);
}

/* The collector never frees these. */
static void write_mixed(const struct text_writer *writer, const struct python *python)
{
    static const struct text_cycle_words words = {
        "block", "reference", "release, or make weak (weakref.WeakMethod):", true};

    if (!python->mixed_count)
        return;
    fprintf(
        writer->file, "%s through C++ and Python %s never collected: %s with what only they hold\n",
        format_plural(python->mixed_cycles, "cycle").text, python->mixed_cycles == 1 ? "is" : "are",
        format_size(python->mixed_retained_bytes).text);
    for (size_t i = 0; i < python->mixed_count && i < writer->options->top; i++)
        text_cycle(writer, &python->mixed[i], &words);
}

/* "4 objects of bytes, 4.0 KiB: nothing points to them" */
static void write_leak(const struct text_writer *writer, const struct python_leak *leak)
{
    fputs("  ", writer->file);
    text_styled(writer, STYLE_BAD, "%s", format_size(leak->bytes).text);
    fprintf(writer->file, " in %s of %s: ", format_plural(leak->objects, "object").text,
            label_type(leak->type).text);
    if (leak->is_held)
        fprintf(writer->file, "%s counted, %s found",
                format_plural(leak->references, "reference").text, format_count(leak->found).text);
    else
        fprintf(writer->file, "nothing points to %s would never be freed",
                leak->objects == 1 ? "it, and it" : "them, and they");
    if (leak->retained_bytes > leak->bytes)
        fprintf(writer->file, ", with %s that only they hold",
                format_size(leak->retained_bytes - leak->bytes).text);
    fputc('\n', writer->file);
    text_stack(writer, &leak->site->stack, 6, "by");
}

static void write_leaks(const struct text_writer *writer, const struct python *python)
{
    if (python->leak_count)
        text_heading(writer,
                     "Python objects with a reference too many: an extension lacks a Py_DECREF",
                     python->leak_count);
    for (size_t i = 0; i < python->leak_count && i < writer->options->top; i++)
        write_leak(writer, &python->leaks[i]);
}

static void write_types(const struct text_writer *writer, const struct python *python)
{
    enum { TYPES_SHOWN = 5 };

    fputs("  most common:", writer->file);
    for (size_t i = 0; i < python->type_count && i < TYPES_SHOWN; i++)
        fprintf(writer->file, "%s %s %s", i ? "," : "", format_count(python->types[i].objects).text,
                label_type(python->types[i].name).text);
    fputc('\n', writer->file);
}

void text_python(const struct text_writer *writer, const struct process *process)
{
    const struct python *python = process->python;

    /* Between fork and exec, its objects are its parent's. */
    bool is_in_between = process->ended == ENDED_EXEC && process->totals.inherited_blocks;

    if (!python || python->why_not || is_in_between)
        return;
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "Python %s", python->version);
    if (!python->checked) {
        fprintf(writer->file, ": its garbage was not checked: %s\n", python->unchecked_why);
        return;
    }
    fprintf(writer->file, ": %s, %s", format_plural(python->objects, "object").text,
            format_size(python->bytes).text);
    fputs(python->gc_enabled ? "\n" : "; the collector is off\n", writer->file);
    if (python->uncollectable_objects)
        fprintf(writer->file, "  %s in gc.garbage that cannot be collected\n",
                format_plural(python->uncollectable_objects, "object").text);
    if (!writer->options->findings_only)
        write_types(writer, python);
    write_mixed(writer, python);
    write_garbage(writer, python);
    write_leaks(writer, python);
}
