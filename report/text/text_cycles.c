/* SPDX-License-Identifier: MIT */
/*
 * Cycles drawn in text: the shortest way around through the edge to cut.
 *
 *   12 x  1.1 KiB in 24 blocks
 *      Node (robot.cpp:30) --next--> Node (robot.cpp:31) --prev--> back
 *      cut Node.prev (+16): the only edge back to the oldest member
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/base/utf8.h"
#include "report/text/text_parts.h"
#include "report/view/cycle_path.h"
#include "report/view/labels.h"
#include "report/view/tail_list.h"

enum { INDENT = 6, MEMBERS_SHOWN = 5 };

/* "Node (robot.cpp:30)" */
static struct label member_label(const struct cycle_member *member)
{
    const struct frame *frame = member->site ? label_frame(&member->site->stack) : NULL;
    struct label type = label_member(member), label, source;

    if (!frame)
        return type;
    source = label_source(frame);
    if (!source.text[0])
        source = label_function(frame);
    snprintf(label.text, sizeof(label.text), "%.800s (%.200s)", type.text, source.text);
    return label;
}

static struct label arrow_label(const struct text_writer *writer, const struct cycle_edge *edge)
{
    struct label name = label_edge(edge), label;

    snprintf(label.text, sizeof(label.text),
             writer->options->style.utf8 ? "─%.900s→" : "--%.900s-->", name.text);
    return label;
}

/* A pen that starts a new line when the next word would cross the margin. */
struct pen {
    const struct text_writer *writer;
    unsigned column;
};

static void draw(struct pen *pen, enum style_kind kind, const char *word)
{
    unsigned length = (unsigned)utf8_length(word);

    if (pen->column > INDENT && pen->column + 1 + length > pen->writer->options->style.width) {
        fprintf(pen->writer->file, "\n%*s", INDENT + 2, "");
        pen->column = INDENT + 2;
    } else if (pen->column > INDENT) {
        fputc(' ', pen->writer->file);
        pen->column++;
    }
    text_styled(pen->writer, kind, "%s", word);
    pen->column += length;
}

static void draw_step(struct pen *pen, const struct cycle *cycle, const struct cycle_edge *edge,
                      bool last)
{
    const struct text_writer *writer = pen->writer;
    struct label member = label_fit(member_label(&cycle->members[edge->from]),
                                    text_room(writer, INDENT + 10), writer->options->style.utf8);

    draw(pen, STYLE_STRONG, member.text);
    draw(pen, last ? STYLE_BAD : STYLE_FAINT, arrow_label(writer, edge).text);
}

/* A long way around shows its start and its end. */
static void draw_path(const struct text_writer *writer, const struct cycle *cycle,
                      const struct cycle_path *path)
{
    size_t skipped = path->length > MEMBERS_SHOWN ? path->length - MEMBERS_SHOWN : 0;
    struct pen pen = {writer, INDENT};
    char gap[64];

    fprintf(writer->file, "%*s", INDENT, "");
    for (size_t i = 0; i < path->length; i++) {
        if (skipped && i == MEMBERS_SHOWN - 1) {
            snprintf(gap, sizeof(gap), "%s %zu more %s", writer->options->style.utf8 ? "…" : "...",
                     skipped, writer->options->style.utf8 ? "…" : "...");
            draw(&pen, STYLE_FAINT, gap);
            i += skipped;
        }
        draw_step(&pen, cycle, &cycle->edges[path->edges[i]], i + 1 == path->length);
    }
    draw(&pen, STYLE_FAINT, "back");
    fputc('\n', writer->file);
}

/* "besides 3 blocks and 5 pointers in the same cycle" */
static void write_rest(const struct text_writer *writer, const struct cycle *cycle,
                       const struct cycle_path *path, const struct text_cycle_words *words)
{
    size_t blocks = cycle->member_count - path->length, edges = 0;

    for (size_t i = 0; i < cycle->edge_count; i++)
        edges += !label_edge_repeats(cycle, i);
    edges -= edges < path->length ? edges : path->length;

    if (!blocks && !edges)
        return;
    fprintf(writer->file, "%*sbesides", INDENT, "");
    if (blocks)
        fprintf(writer->file, " %s", format_plural(blocks, words->block).text);
    if (edges)
        fprintf(writer->file, "%s %s", blocks ? " and" : "",
                format_plural(edges, words->pointer).text);
    fputs(" in the same cycle\n", writer->file);
}

/* "Node.prev", "Job.waits_for[0]" of "Job.waits_for buffer". */
static struct label member_of(struct label owner, const struct cycle_edge *edge)
{
    static const char buffer[] = " buffer";
    size_t length = strlen(owner.text), suffix = strlen(buffer);
    bool is_element = edge->label[0] == '[';
    struct label label;

    if (is_element && length > suffix && strcmp(owner.text + length - suffix, buffer) == 0)
        owner.text[length - suffix] = 0;
    snprintf(label.text, sizeof(label.text), "%.600s%s%.300s", owner.text, is_element ? "" : ".",
             label_edge(edge).text);
    return label;
}

/* "Node.prev (+16)", or "the pointer +16 of the block of 96 B" */
static struct label cut_label(const struct text_writer *writer, const struct cycle *cycle,
                              const struct text_cycle_words *words)
{
    const struct cycle_edge *edge = &cycle->edges[cycle->weaken];
    const struct cycle_member *member = &cycle->members[edge->from];
    struct label owner = label_fit(label_member(member), text_room(writer, INDENT + 30),
                                   writer->options->style.utf8),
                 label;

    if (words->is_python && edge->label && member->type)
        return member_of(owner, edge);
    if (edge->label && member->type)
        snprintf(label.text, sizeof(label.text), "%.900s (+%" PRIu64 ")",
                 member_of(owner, edge).text, edge->offset);
    else
        snprintf(label.text, sizeof(label.text), "the pointer %.300s of %s%.600s",
                 label_edge(edge).text, member->type ? "" : "the block of ", owner.text);
    return label;
}

/* The reason goes on its own line when there is no room beside the name. */
static void write_cut(const struct text_writer *writer, const struct cycle *cycle,
                      const struct text_cycle_words *words)
{
    struct label cut = cut_label(writer, cycle, words);
    const char *why = cycle->why_weaken ? cycle->why_weaken : "";
    size_t length =
        INDENT + utf8_length(words->cut) + 1 + utf8_length(cut.text) + 2 + utf8_length(why);

    fprintf(writer->file, "%*s", INDENT, "");
    text_styled(writer, STYLE_BAD, "%s", words->cut);
    fprintf(writer->file, " %s", cut.text);
    if (*why && length <= writer->options->style.width)
        fprintf(writer->file, ": %s", why);
    else if (*why)
        fprintf(writer->file, ":\n%*s%s", INDENT + 4, "", why);
    fputc('\n', writer->file);
}

static void write_tail(const struct text_writer *writer, const struct cycle_tail *tail)
{
    struct formatted bytes = format_size(tail->amount.bytes),
                     blocks = format_plural(tail->amount.blocks, "block");
    unsigned used =
        INDENT + (unsigned)(strlen("holds  in : ") + strlen(bytes.text) + strlen(blocks.text));
    struct label type = label_type(tail->type), line;

    snprintf(line.text, sizeof(line.text), "%.2000s%s%.2000s", type.text, type.text[0] ? ", " : "",
             label_site(tail->site).text);
    fprintf(writer->file, "%*sholds %s in %s: ", INDENT, "", bytes.text, blocks.text);
    text_styled(writer, STYLE_FAINT, "%s",
                label_fit(line, text_room(writer, used), writer->options->style.utf8).text);
    fputc('\n', writer->file);
}

static void write_tails(const struct text_writer *writer, const struct cycle *cycle)
{
    size_t count;
    struct cycle_tail *tails = tail_list_make(cycle, &count);

    for (size_t i = 0; i < count && i < writer->options->top; i++)
        write_tail(writer, &tails[i]);
    free(tails);
}

static void write_amount(const struct text_writer *writer, const struct cycle *cycle,
                         const struct text_cycle_words *words)
{
    fputs("  ", writer->file);
    if (cycle->count > 1)
        fprintf(writer->file, "%s %s  ", format_count(cycle->count).text,
                writer->options->style.utf8 ? "×" : "x");
    text_styled(writer, STYLE_BAD, "%s", format_size(cycle->amount.bytes).text);
    fprintf(writer->file, " in %s", format_plural(cycle->amount.blocks, words->block).text);
    if (cycle->count > 1)
        fprintf(writer->file, ", %s each", format_size(cycle->amount.bytes / cycle->count).text);
    if (cycle->retained_bytes > cycle->amount.bytes)
        fprintf(writer->file, ", and %s that only %s",
                format_size(cycle->retained_bytes - cycle->amount.bytes).text,
                cycle->count > 1 ? "they hold" : "it holds");
    if (cycle->shared.bytes)
        fprintf(writer->file, "; other leaks hold %s with %s",
                format_size(cycle->shared.bytes).text, cycle->count > 1 ? "them" : "it");
    fputc('\n', writer->file);
}

static void write_names(const struct text_writer *writer, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(writer->file, "%s%s", i ? ", " : "", names[i]);
    fputc('\n', writer->file);
}

/* Who looks into the registry finds the object there: it says why that keeps nothing. */
static void write_weak(const struct text_writer *writer, const struct cycle *cycle)
{
    if (!cycle->only_weak_count)
        return;
    fprintf(writer->file, "%*sonly weak references reach %s: ", INDENT, "",
            cycle->count > 1 ? "them" : "it");
    write_names(writer, cycle->only_weak, cycle->only_weak_count);
    if (!cycle->owner_count)
        return;
    fprintf(writer->file, "%*suse_count %s, and ", INDENT + 4, "",
            format_count(cycle->use_count).text);
    if (cycle->owners_found < cycle->use_count)
        fprintf(writer->file, "%s found, ", format_plural(cycle->owners_found, "owner").text);
    else
        fprintf(writer->file, "its %s %s ", format_plural(cycle->use_count, "owner").text,
                cycle->use_count == 1 ? "is" : "are");
    fputs("inside: ", writer->file);
    write_names(writer, cycle->owners, cycle->owner_count);
}

static void write_maker(const struct text_writer *writer, const struct site *site)
{
    if (site)
        text_stack(writer, &site->stack, INDENT, "made by");
}

void text_cycle(const struct text_writer *writer, const struct cycle *cycle,
                const struct text_cycle_words *words)
{
    struct cycle_path path = {0};

    write_amount(writer, cycle, words);
    write_weak(writer, cycle);
    if (cycle_path_find(&path, cycle)) {
        draw_path(writer, cycle, &path);
        write_rest(writer, cycle, &path, words);
        write_cut(writer, cycle, words);
        write_tails(writer, cycle);
        write_maker(writer, cycle->members[cycle->edges[path.edges[0]].from].site);
    }
    cycle_path_release(&path);
}

void text_cycles(const struct text_writer *writer, const struct process *process)
{
    static const struct text_cycle_words words = {"block", "pointer", "cut", false};

    if (process->cycle_count)
        text_heading(writer, "Cycles: blocks that only hold one another", process->cycle_count);
    for (size_t i = 0; i < process->cycle_count && i < writer->options->top; i++)
        text_cycle(writer, &process->cycles[i], &words);
}
