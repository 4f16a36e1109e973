/* SPDX-License-Identifier: MIT */
#include "report/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report/format.h"
#include "report/labels.h"
#include "report/text_parts.h"
#include "report/verdict.h"

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

void text_stack(const struct text_writer *writer, const struct stack *stack, int indent, const char *first_word)
{
    const struct frame *first = writer->options->stack_frames ? label_frame(stack) : stack->frames;
    size_t index = first ? (size_t)(first - stack->frames) : 0, shown = 0;
    int word_width = (int)strlen(first_word);
    unsigned room = text_room(writer, (unsigned)(indent + word_width) + 1);

    for (; index < stack->frame_count; index++, shown++) {
        struct label place = label_place(&stack->frames[index]);

        if (writer->options->stack_frames && shown == writer->options->stack_frames)
            break;
        fprintf(writer->file, "%*s%-*s ", indent, "", word_width, shown ? "" : first_word);
        text_styled(writer, shown ? STYLE_FAINT : STYLE_STRONG, "%s",
                    label_fit(place, room, writer->options->style.utf8).text);
        fputc('\n', writer->file);
    }
    if (!stack->frame_count)
        fprintf(writer->file, "%*s%s unknown\n", indent, "", first_word);
    else if (!writer->options->stack_frames && stack->cut)
        fprintf(writer->file, "%*s%-*s (not recorded further)\n", indent, "", word_width, "");
}

static void write_verdict(const struct text_writer *writer, const struct session *session)
{
    static const enum style_kind styles[] = {
        [VERDICT_NO_LEAKS] = STYLE_GOOD, [VERDICT_LEAKS] = STYLE_BAD, [VERDICT_UNKNOWN] = STYLE_DOUBT};
    struct verdict verdict = verdict_of_session(session);
    char line[VERDICT_BYTES];

    verdict_line(session, &verdict, line);
    text_styled(writer, styles[verdict.kind], "%s", line);
    fputc('\n', writer->file);
    for (size_t i = 0; i < session->damaged_count; i++) {
        text_styled(writer, STYLE_DOUBT, "damaged: ");
        fprintf(writer->file, "%s\n", session->damaged[i].message);
    }
}

/* "robot --rate 10" on the left, "pid 12, 2.3 s, exit 0" on the right */
static void write_process_title(const struct text_writer *writer, const struct process *process)
{
    struct label end = label_end(process), command;
    struct formatted ran = format_duration(process->duration_ns);
    unsigned right = (unsigned)snprintf(NULL, 0, "  pid %d, %s, %s", process->pid, ran.text, end.text);

    command = label_fit(label_command(process), text_room(writer, right), writer->options->style.utf8);
    fputc('\n', writer->file);
    text_styled(writer, STYLE_HEADING, "%s", command.text);
    text_styled(writer, STYLE_FAINT, "  pid %d, %s, %s", process->pid, ran.text, end.text);
    fputc('\n', writer->file);
    if (!process->leaks.checked && verdict_needs_check(process)) {
        text_styled(writer, STYLE_DOUBT, "leaks not checked:");
        fprintf(writer->file, " %s\n", process->leaks.why_not ? process->leaks.why_not : "unknown");
    }
    if (process->foreign_allocator)
        fprintf(writer->file, "allocator: %s\n", process->foreign_allocator);
}

static void write_drops(const struct text_writer *writer, const struct process *process)
{
    if (process->drop_count)
        fputc('\n', writer->file);
    for (size_t i = 0; i < process->drop_count; i++) {
        text_styled(writer, STYLE_DOUBT, "not recorded: ");
        fprintf(writer->file, "%s (%s)\n", process->drops[i].what, format_count(process->drops[i].count).text);
    }
}

static void write_process(const struct text_writer *writer, const struct process *process)
{
    write_process_title(writer, process);
    text_cycles(writer, process);
    text_leaks(writer, process);
    text_errors(writer, process);
    if (!writer->options->findings_only)
        text_usage(writer, process);
    write_drops(writer, process);
}

static bool has_findings(const struct process *process)
{
    return process->leaks.all.blocks || process->cycle_count || process->error_count || process->drop_count;
}

static void write_process_line(const struct text_writer *writer, const struct process *process)
{
    struct label name = label_fit(label_process(process), 24, writer->options->style.utf8);
    const char *state = process->leaks.checked           ? "no leaks"
                        : verdict_needs_check(process) ? "not checked"
                                                         : "nothing to check";

    fprintf(writer->file, "  %7d  %-24s  peak %10s  %12s allocations  %s, ", process->pid, name.text,
            format_size(process->totals.peak_bytes).text, format_count(process->totals.allocations).text,
            label_end(process).text);
    text_styled(writer, process->leaks.checked ? STYLE_GOOD : STYLE_DOUBT, "%s", state);
    if (!process->leaks.checked && verdict_needs_check(process) && process->leaks.why_not)
        fprintf(writer->file, ": %s", process->leaks.why_not);
    fputc('\n', writer->file);
}

/* Without findings anywhere the hot spots of the biggest process are what there is to see. */
static const struct process *biggest(const struct session *session)
{
    const struct process *most = NULL;

    for (size_t i = 0; i < session->process_count; i++) {
        if (has_findings(&session->processes[i]))
            return NULL;
        if (!most || session->processes[i].totals.peak_bytes > most->totals.peak_bytes)
            most = &session->processes[i];
    }
    return most;
}

static void write_processes(const struct text_writer *writer, const struct session *session)
{
    const struct process *most = writer->options->findings_only ? NULL : biggest(session);
    size_t others = 0;

    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (has_findings(process) || process == most)
            write_process(writer, process);
        else
            others++;
    }
    if (others)
        text_heading(writer, most || others < session->process_count ? "Other processes" : "Processes", 0);
    for (size_t i = 0; i < session->process_count; i++)
        if (!has_findings(&session->processes[i]) && &session->processes[i] != most)
            write_process_line(writer, &session->processes[i]);
    if (others && !writer->options->findings_only)
        text_styled(writer, STYLE_FAINT, "  --pid PID shows one of them in full\n");
}

static bool write_one(const struct text_writer *writer, const struct session *session, struct error *error)
{
    bool found = false;

    for (size_t i = 0; i < session->process_count; i++) {
        if ((uint64_t)session->processes[i].pid != writer->options->pid)
            continue;
        write_process(writer, &session->processes[i]);
        found = true;
    }
    return found || error_set(error, "%s: no process with pid %" PRIu64, session->path, writer->options->pid);
}

bool text_write(const struct session *session, const struct text_options *options, FILE *file,
                struct error *error)
{
    const struct text_writer writer = {file, options};

    write_verdict(&writer, session);
    if (options->pid)
        return write_one(&writer, session, error);
    write_processes(&writer, session);
    return true;
}
