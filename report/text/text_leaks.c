/* SPDX-License-Identifier: MIT */
/* Leaks outside cycles, and wrong frees. */
#include <inttypes.h>

#include "report/base/format.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"
#include "report/view/places.h"

enum { TYPE_ROOM = 60 }; /* room for the amounts beside a type */

static uint64_t count_class(const struct leaks *leaks, enum leak_class class)
{
    uint64_t count = 0;

    for (size_t i = 0; i < leaks->site_count; i++)
        count += leaks->sites[i].class == class;
    return count;
}

/* "   1.2 KiB in 12 blocks, and 3 KiB held by them" and its stack */
static void write_direct(const struct text_writer *writer, const struct leak *leak)
{
    static const struct stack nothing = {0};

    fputs("  ", writer->file);
    text_styled(writer, STYLE_BAD, "%s", format_size(leak->amount.bytes).text);
    fprintf(writer->file, " in %s", format_plural(leak->amount.blocks, "block").text);
    if (leak->type)
        fprintf(writer->file, " of %s",
                label_fit(label_type(leak->type), text_room(writer, TYPE_ROOM),
                          writer->options->style.utf8)
                    .text);
    if (leak->retained_bytes > leak->amount.bytes)
        fprintf(writer->file, ", and %s that only they hold",
                format_size(leak->retained_bytes - leak->amount.bytes).text);
    fputc('\n', writer->file);
    text_stack(writer, leak->site ? &leak->site->stack : &nothing, 6, "by");
}

static void write_direct_leaks(const struct text_writer *writer, const struct leaks *leaks)
{
    uint64_t count = count_class(leaks, LEAK_DIRECT), shown = 0;

    if (count)
        text_heading(writer, "Leaks: nothing points to them", count);
    for (size_t i = 0; i < leaks->site_count && shown < writer->options->top; i++) {
        if (leaks->sites[i].class != LEAK_DIRECT)
            continue;
        write_direct(writer, &leaks->sites[i]);
        shown++;
    }
}

/* They go with their holders, so one line per place will do. */
static void write_indirect_leaks(const struct text_writer *writer, const struct leaks *leaks)
{
    struct places places;

    if (places_collect_leaks(&places, leaks, LEAK_INDIRECT) && places.count)
        text_heading(writer, "Held only by leaked blocks", places.count);
    for (size_t i = 0; i < places.count && i < writer->options->top; i++) {
        const struct place *place = &places.places[i];

        fprintf(writer->file, "  %s in %s: ", format_size(place->leaked.bytes).text,
                format_plural(place->leaked.blocks, "block").text);
        text_styled(
            writer, STYLE_FAINT, "%s",
            label_fit(label_site(place->site), text_room(writer, 32), writer->options->style.utf8)
                .text);
        fputc('\n', writer->file);
    }
    places_release(&places);
}

/* "15.2 KiB in 100 blocks: Node (expired), 100 weak_ptr in registry[] (robot.cpp:6)" */
static void write_expired(const struct text_writer *writer, const struct process *process)
{
    if (process->expired_count)
        text_heading(writer, "Destroyed objects: weak references keep their memory",
                     process->expired_count);
    for (size_t i = 0; i < process->expired_count && i < writer->options->top; i++) {
        const struct expired *expired = &process->expired[i];
        struct label type = label_type(expired->type);

        fprintf(writer->file, "  %s in %s: %s%s%s weak_ptr in %s\n",
                format_size(expired->amount.bytes).text,
                format_plural(expired->amount.blocks, "block").text, type.text,
                type.text[0] ? ", " : "", format_count(expired->weak).text,
                expired->held_by ? expired->held_by : "memory of unknown types");
        text_stack(writer, &expired->site->stack, 6, "made by");
    }
}

/* "suppressed: 2.1 KiB in 33 blocks", and a line for each built-in suppression */
static void write_suppressed(const struct text_writer *writer, const struct leaks *leaks)
{
    fprintf(writer->file, "\nsuppressed: %s in %s\n", format_size(leaks->suppressed.bytes).text,
            format_plural(leaks->suppressed.blocks, "block").text);
    for (size_t i = 0; i < leaks->builtin_count; i++)
        fprintf(writer->file, "  %s in %s, %s: %s\n",
                format_size(leaks->builtin[i].hits.bytes).text,
                format_plural(leaks->builtin[i].hits.blocks, "block").text, leaks->builtin[i].name,
                leaks->builtin[i].what);
}

void text_leaks(const struct text_writer *writer, const struct process *process)
{
    write_direct_leaks(writer, &process->leaks);
    write_indirect_leaks(writer, &process->leaks);
    write_expired(writer, process);
    if (process->leaks.maybe_only_weak)
        fprintf(writer->file, "\n%s may be held by weak references only; debug info would tell\n",
                format_plural(process->leaks.maybe_only_weak, "object").text);
    if (process->leaks.suppressed.blocks)
        write_suppressed(writer, &process->leaks);
}

/* "double free of 64 B at 0x5581e0, 3 times" */
static void write_error(const struct text_writer *writer, const struct memory_error *error)
{
    static const char *const names[] = {[DOUBLE_FREE] = "double free",
                                        [INVALID_FREE] = "invalid free",
                                        [MISMATCHED_FREE] = "mismatched free"};

    fputs("  ", writer->file);
    text_styled(writer, STYLE_BAD, "%s", names[error->kind]);
    if (error->size_bytes)
        fprintf(writer->file, " of %s", format_size(error->size_bytes).text);
    fprintf(writer->file, " at 0x%" PRIx64, error->address);
    if (error->kind == MISMATCHED_FREE && error->allocated_with && error->freed_with)
        fprintf(writer->file, ": %s, but allocated with %s", error->freed_with,
                error->allocated_with);
    if (error->count > 1)
        fprintf(writer->file, ", %s", format_plural(error->count, "time").text);
    fputc('\n', writer->file);
    text_stack(writer, &error->stack, 6, "freed by    ");
    if (error->allocated)
        text_stack(writer, &error->allocated->stack, 6, "allocated by");
    if (error->first_freed.frame_count)
        text_stack(writer, &error->first_freed, 6, "first freed ");
}

void text_errors(const struct text_writer *writer, const struct process *process)
{
    if (process->error_count)
        text_heading(writer, "Wrong frees", process->error_count);
    for (size_t i = 0; i < process->error_count && i < writer->options->top; i++)
        write_error(writer, &process->errors[i]);
}
