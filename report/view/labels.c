/* SPDX-License-Identifier: MIT */
#include "report/view/labels.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/text.h"
#include "analyzer/cxx/type_names.h"
#include "analyzer/symbols/frame_kind.h"
#include "report/base/format.h"
#include "report/base/utf8.h"
#include "report/view/ros_node.h"

static bool in_full;

void labels_in_full(void)
{
    in_full = true;
}

static struct label clean(const char *text)
{
    struct label label;

    utf8_copy(label.text, sizeof(label.text), text, true);
    return label;
}

static struct label labelf(const char *format, ...) __attribute__((format(printf, 1, 2)));

static struct label labelf(const char *format, ...)
{
    char text[2 * LABEL_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return clean(text);
}

const struct frame *label_frame(const struct stack *stack)
{
    return frame_of_stack(stack);
}

static void remove_all(char *text, const char *word)
{
    size_t length = strlen(word);

    while ((text = strstr(text, word)))
        memmove(text, text + length, strlen(text + length) + 1);
}

struct shortening {
    struct arena *arena;
    const char *name;
    struct label label;
};

static bool try_to_shorten(void *context, struct error *error)
{
    struct shortening *shortening = context;

    (void)error;
    shortening->label = clean(type_names_short(shortening->arena, shortening->name));
    remove_all(shortening->label.text, "[abi:cxx11]");
    return true;
}

/* Default template arguments and inner namespaces fill the line and say nothing. */
static struct label shorten(const char *name)
{
    struct shortening shortening = {.name = name};
    struct error error;
    bool done;

    if (in_full || !strpbrk(name, "<[{$") || strstr(name, "operator<"))
        return clean(name); /* its brackets open nothing */
    shortening.arena = arena_new();
    done = shortening.arena &&
           arena_try(shortening.arena, try_to_shorten, &shortening, "a label", &error);
    arena_free(shortening.arena);
    return done ? shortening.label : clean(name);
}

/* A type's short name goes without std::, a function's keeps it: it tells whose code that is. */
static struct label shorten_function(const char *name)
{
    struct label label = shorten(name);

    if (strncmp(name, "std::", 5) == 0 && strncmp(label.text, "std::", 5) != 0)
        return labelf("std::%.4000s", label.text);
    return label;
}

struct label label_function(const struct frame *frame)
{
    if (frame->function && frame->language == FRAME_NATIVE)
        return shorten_function(frame->function);
    if (frame->function)
        return clean(frame->function);
    return labelf("%s+0x%" PRIx64, frame->module ? frame->module : "unknown", frame->offset);
}

struct label label_source(const struct frame *frame)
{
    if (!frame->file)
        return (struct label){""};
    return frame->line ? labelf("%s:%u", text_base_name(frame->file), frame->line)
                       : labelf("%s", text_base_name(frame->file));
}

struct label label_module(const struct frame *frame)
{
    struct label source = label_source(frame);

    if (!frame->module)
        return source;
    return source.text[0] ? labelf("%.500s, %.500s", source.text, frame->module)
                          : labelf("%s", frame->module);
}

struct label label_place(const struct frame *frame)
{
    struct label function = label_function(frame), source = label_source(frame);

    if (source.text[0])
        return labelf("%.3800s (%.200s)", function.text, source.text);
    if (frame->function && frame->module)
        return labelf("%.3800s (%.200s)", function.text, frame->module);
    return function;
}

struct label label_stack(const struct stack *stack)
{
    const struct frame *frame = label_frame(stack);

    return frame ? label_place(frame) : labelf("unknown");
}

struct label label_site(const struct site *site)
{
    if (site && site->called)
        return labelf("%s", site->called);
    return site ? label_stack(&site->stack) : labelf("unknown");
}

struct label label_type(const char *type)
{
    return shorten(type ? type : "");
}

struct label label_member(const struct cycle_member *member)
{
    return member->type ? label_type(member->type)
                        : labelf("%s", format_size(member->size_bytes).text);
}

struct label label_edge(const struct cycle_edge *edge)
{
    return edge->label ? clean(edge->label) : labelf("+%" PRIu64, edge->offset);
}

bool label_edge_repeats(const struct cycle *cycle, size_t index)
{
    const struct cycle_edge *edge = &cycle->edges[index];

    for (size_t i = index; edge->label && i-- > 0 && cycle->edges[i].from == edge->from;) {
        const struct cycle_edge *other = &cycle->edges[i];

        if (other->to == edge->to && other->label && strcmp(other->label, edge->label) == 0)
            return true;
    }
    return false;
}

static bool is_interpreter(const char *name)
{
    static const char *const interpreters[] = {"python", "perl", "ruby", "sh", "bash", "dash"};

    for (size_t i = 0; i < sizeof(interpreters) / sizeof(interpreters[0]); i++) {
        size_t length = strlen(interpreters[i]);

        if (strncmp(name, interpreters[i], length) == 0 &&
            strspn(name + length, "0123456789.") == strlen(name + length))
            return true;
    }
    return false;
}

struct label label_program(const struct process *process)
{
    const char *const *command = process->command;
    const char *name = command && command[0] ? command[0]
                       : process->executable ? process->executable
                                             : "unknown";

    if (command && command[0] && command[1] && command[1][0] != '-' &&
        is_interpreter(text_base_name(name)))
        name = command[1];
    return clean(text_base_name(name));
}

struct label label_node(const struct process *process)
{
    char text[LABEL_BYTES];

    ros_node_write(text, sizeof(text), process, label_program(process).text);
    return clean(text);
}

struct label label_process(const struct process *process)
{
    struct label node = label_node(process);

    return *node.text ? node : label_program(process);
}

bool label_is_called(const struct process *process, const char *pattern)
{
    struct label label = label_process(process);

    return fnmatch(pattern, label.text, 0) == 0 ||
           fnmatch(pattern, text_base_name(label.text), 0) == 0 ||
           fnmatch(pattern, label_program(process).text, 0) == 0 ||
           (process->executable && fnmatch(pattern, process->executable, 0) == 0);
}

struct label label_command(const struct process *process)
{
    struct label label = label_process(process), node = label_node(process);
    size_t used = 0;

    if (*node.text)
        used = (size_t)snprintf(label.text, sizeof(label.text), "%.1000s: ", node.text);
    for (size_t i = 0; process->command && process->command[i] && used + 2 < sizeof(label.text);
         i++) {
        if (i)
            label.text[used++] = ' ';
        used += utf8_copy(label.text + used, sizeof(label.text) - used, process->command[i], true);
    }
    return label;
}

static struct label signal_name(int number)
{
    const char *name = sigabbrev_np(number);

    return name ? labelf("SIG%s", name) : labelf("signal %d", number);
}

struct label label_end(const struct process *process)
{
    switch (process->ended) {
    case ENDED_EXIT:
        return labelf("exit %d", process->status);
    case ENDED_SIGNAL:
        return labelf("ended by %s", signal_name(process->status).text);
    case ENDED_EXEC:
        return labelf("replaced by exec");
    case ENDED_KILLED:
        return process->status ? labelf("killed by %s", signal_name(process->status).text)
                               : labelf("killed");
    case ENDED_RUNNING:
        break;
    }
    return labelf("still running");
}

/* The byte after the first `count` characters. */
static const char *skip_characters(const char *text, size_t count)
{
    for (; *text && count; count--)
        text += utf8_character(text) ? utf8_character(text) : 1;
    return text;
}

struct label label_fit(struct label label, unsigned width, bool utf8)
{
    const char *dots = utf8 ? "…" : "..";
    size_t length = utf8_length(label.text), dots_length = utf8_length(dots), head, tail;

    if (in_full || length <= width || width <= dots_length)
        return label;
    tail = (width - dots_length) / 3;
    head = width - dots_length - tail;
    return labelf("%.*s%s%s", (int)(skip_characters(label.text, head) - label.text), label.text,
                  dots, skip_characters(label.text, length - tail));
}
