/* SPDX-License-Identifier: MIT */
/* The leaks that are no cycles, and the wrong frees. */
#include <inttypes.h>

#include "report/format.h"
#include "report/labels.h"
#include "report/text_parts.h"

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
    if (leak->retained_bytes > leak->amount.bytes)
        fprintf(writer->file, ", and %s that only they hold",
                format_size(leak->retained_bytes - leak->amount.bytes).text);
    fputc('\n', writer->file);
    text_stack(writer, leak->site ? &leak->site->stack : &nothing, 6, "by");
}

/* They go when their holders go, so one line each will do. */
static void write_indirect(const struct text_writer *writer, const struct leak *leak)
{
    struct label place = label_fit(label_site(leak->site), text_room(writer, 32), writer->options->style.utf8);

    fprintf(writer->file, "  %10s %6s  ", format_size(leak->amount.bytes).text,
            format_count(leak->amount.blocks).text);
    text_styled(writer, STYLE_FAINT, "%s", place.text);
    fputc('\n', writer->file);
}

static void write_class(const struct text_writer *writer, const struct leaks *leaks, enum leak_class class,
                        void (*write)(const struct text_writer *, const struct leak *))
{
    uint64_t shown = 0;

    for (size_t i = 0; i < leaks->site_count && shown < writer->options->top; i++) {
        if (leaks->sites[i].class != class)
            continue;
        write(writer, &leaks->sites[i]);
        shown++;
    }
}

void text_leaks(const struct text_writer *writer, const struct process *process)
{
    const struct leaks *leaks = &process->leaks;
    uint64_t direct = count_class(leaks, LEAK_DIRECT), indirect = count_class(leaks, LEAK_INDIRECT);

    if (direct) {
        text_heading(writer, "Leaks: nothing points to them", direct);
        write_class(writer, leaks, LEAK_DIRECT, write_direct);
    }
    if (indirect) {
        text_heading(writer, "Held only by leaked blocks", indirect);
        write_class(writer, leaks, LEAK_INDIRECT, write_indirect);
    }
    if (leaks->suppressed.blocks)
        fprintf(writer->file, "\nsuppressed: %s in %s\n", format_size(leaks->suppressed.bytes).text,
                format_plural(leaks->suppressed.blocks, "block").text);
}

/* "double free of 64 B at 0x5581e0, 3 times" */
static void write_error(const struct text_writer *writer, const struct memory_error *error)
{
    static const char *const names[] = {
        [DOUBLE_FREE] = "double free", [INVALID_FREE] = "invalid free", [MISMATCHED_FREE] = "mismatched free"};

    fputs("  ", writer->file);
    text_styled(writer, STYLE_BAD, "%s", names[error->kind]);
    if (error->size_bytes)
        fprintf(writer->file, " of %s", format_size(error->size_bytes).text);
    fprintf(writer->file, " at 0x%" PRIx64, error->address);
    if (error->kind == MISMATCHED_FREE && error->allocated_with && error->freed_with)
        fprintf(writer->file, ": %s, but allocated with %s", error->freed_with, error->allocated_with);
    if (error->count > 1)
        fprintf(writer->file, ", %s", format_plural(error->count, "time").text);
    fputc('\n', writer->file);
    text_stack(writer, &error->stack, 6, "freed by    ");
    if (error->allocated)
        text_stack(writer, &error->allocated->stack, 6, "allocated by");
}

void text_errors(const struct text_writer *writer, const struct process *process)
{
    if (process->error_count)
        text_heading(writer, "Wrong frees", process->error_count);
    for (size_t i = 0; i < process->error_count && i < writer->options->top; i++)
        write_error(writer, &process->errors[i]);
}
