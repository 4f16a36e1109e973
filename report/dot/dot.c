/* SPDX-License-Identifier: MIT */
#include "report/dot/dot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/base/format.h"
#include "report/view/cycle_path.h"
#include "report/view/labels.h"
#include "report/view/tail_list.h"

struct dot_writer {
    FILE *file;
    const struct dot_options *options;
    size_t process, cycle; /* they make the names of nodes unique */
};

static const char graph_head[] =
    "digraph leakgraph {\n"
    "  graph [fontname=\"Helvetica\", labelloc=t, rankdir=LR, compound=true, bgcolor=%s];\n"
    "  node [fontname=\"Helvetica\", fontsize=10, shape=box, style=\"rounded,filled\", "
    "fillcolor=\"#dbe9f6\", color=\"#4a7fb0\"];\n"
    "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#4a7fb0\"];\n";

static const char legend[] =
    "  subgraph cluster_legend {\n"
    "    label=\"legend\"; fontsize=9; color=\"#bbbbbb\"; style=dashed;\n"
    "    legend_block [label=\"block in a cycle\\nwhere it was allocated\\nsize\"];\n"
    "    legend_other [label=\"the next one\"];\n"
    "    legend_tail [label=\"held only by the cycle\", fillcolor=\"#e6e6e6\", "
    "color=\"#999999\"];\n"
    "    legend_block -> legend_other [label=\"pointer\"];\n"
    "    legend_other -> legend_block [label=\"weaken this one\", color=red, fontcolor=red, "
    "style=dashed, "
    "penwidth=2];\n"
    "    legend_block -> legend_tail [color=\"#999999\", style=dotted];\n"
    "  }\n";

/* The inside of a quoted string. Labels have no control characters. */
static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
}

/* "function\nfile:line\n": two lines of a label */
static void write_place(FILE *file, const struct site *site)
{
    const struct frame *frame = site ? label_frame(&site->stack) : NULL;
    struct label source;

    if (!frame)
        return;
    write_escaped(file, label_fit(label_function(frame), 60, true).text);
    fputs("\\n", file);
    source = label_source(frame);
    if (!source.text[0])
        return;
    write_escaped(file, source.text);
    fputs("\\n", file);
}

static void write_type(FILE *file, const char *type)
{
    struct label label = label_fit(label_type(type), 60, true);

    if (!label.text[0])
        return;
    write_escaped(file, label.text);
    fputs("\\n", file);
}

static void write_member(const struct dot_writer *writer, const struct cycle *cycle, size_t index)
{
    const struct cycle_member *member = &cycle->members[index];

    fprintf(writer->file, "      p%zuc%zum%zu [label=\"", writer->process, writer->cycle, index);
    write_type(writer->file, member->type);
    write_place(writer->file, member->site);
    fputs(format_size(member->size_bytes).text, writer->file);
    if (cycle->count > 1)
        fprintf(writer->file, " ×%s", format_count(cycle->count).text);
    fprintf(writer->file, "\", tooltip=\"0x%" PRIx64 "\"];\n", member->address);
}

static void write_edge(const struct dot_writer *writer, const struct cycle *cycle, size_t index)
{
    const struct cycle_edge *edge = &cycle->edges[index];

    fprintf(writer->file, "      p%zuc%zum%zu -> p%zuc%zum%zu [label=\"", writer->process,
            writer->cycle, edge->from, writer->process, writer->cycle, edge->to);
    write_escaped(writer->file, label_edge(edge).text);
    if (index == cycle->weaken) {
        fputs("\", color=red, fontcolor=red, style=dashed, penwidth=2, tooltip=\"weaken this one",
              writer->file);
        if (cycle->why_weaken)
            fputs(": ", writer->file);
        write_escaped(writer->file, cycle->why_weaken ? cycle->why_weaken : "");
    }
    fputs("\"];\n", writer->file);
}

static void write_tail(const struct dot_writer *writer, const struct cycle_tail *tail, size_t index)
{
    fprintf(writer->file, "    p%zuc%zut%zu [fillcolor=\"#e6e6e6\", color=\"#999999\", label=\"",
            writer->process, writer->cycle, index);
    write_type(writer->file, tail->type);
    write_place(writer->file, tail->site);
    fprintf(writer->file, "%s, %s\"];\n", format_plural(tail->amount.blocks, "block").text,
            format_size(tail->amount.bytes).text);
    fprintf(writer->file, "    p%zuc%zum%zu -> p%zuc%zut%zu [color=\"#999999\", style=dotted];\n",
            writer->process, writer->cycle, tail->holder, writer->process, writer->cycle, index);
}

/* Only edges between members that are drawn. */
static void write_tails(const struct dot_writer *writer, const struct cycle *cycle,
                        const bool *chosen)
{
    size_t count;
    struct cycle_tail *tails = tail_list_make(cycle, &count);

    for (size_t i = 0; i < count; i++)
        if (chosen[tails[i].holder])
            write_tail(writer, &tails[i], i);
    free(tails);
}

static void write_cycle_title(const struct dot_writer *writer, const struct cycle *cycle)
{
    fprintf(writer->file, "    subgraph cluster_p%zuc%zu {\n      label=\"", writer->process,
            writer->cycle);
    fprintf(writer->file, "%s, %s", format_plural(cycle->count, "cycle").text,
            format_size(cycle->amount.bytes).text);
    if (cycle->retained_bytes > cycle->amount.bytes)
        fprintf(writer->file, ", keeping %s", format_size(cycle->retained_bytes).text);
    fputs("\"; color=\"#4a7fb0\"; fontsize=11; peripheries=1;\n", writer->file);
}

/*
 * Which members to draw: all of a small cycle; of a big one, the way around through the edge to
 * cut, as far as the limit allows.
 */
static bool *choose_members(const struct dot_writer *writer, const struct cycle *cycle)
{
    bool *chosen = calloc(cycle->member_count + 1, sizeof(*chosen));
    uint64_t left = writer->options->members;
    struct cycle_path path;

    if (!chosen)
        return NULL;
    if (cycle_path_find(&path, cycle)) {
        chosen[cycle->edges[cycle->weaken].from] = true;
        left -= left > 0;
    }
    for (size_t i = 0; i < path.length && left; i++) {
        bool *member = &chosen[cycle->edges[path.edges[i]].from];

        left -= !*member;
        *member = true;
    }
    for (size_t i = 0; i < cycle->member_count && left; i++) {
        left -= !chosen[i];
        chosen[i] = true;
    }
    cycle_path_release(&path);
    return chosen;
}

static void write_hidden(const struct dot_writer *writer, const struct cycle *cycle,
                         const bool *chosen)
{
    size_t hidden = 0;

    for (size_t i = 0; i < cycle->member_count; i++)
        hidden += !chosen[i];
    if (hidden)
        fprintf(writer->file, "      p%zuc%zurest [label=\"%s more\", style=dashed];\n",
                writer->process, writer->cycle, format_plural(hidden, "block").text);
}

static bool write_cycle(const struct dot_writer *writer, const struct cycle *cycle)
{
    bool *chosen = choose_members(writer, cycle);

    if (!chosen)
        return false;
    write_cycle_title(writer, cycle);
    for (size_t i = 0; i < cycle->member_count; i++)
        if (chosen[i])
            write_member(writer, cycle, i);
    write_hidden(writer, cycle, chosen);
    for (size_t i = 0; i < cycle->edge_count; i++)
        if (chosen[cycle->edges[i].from] && chosen[cycle->edges[i].to] &&
            (i == cycle->weaken || !label_edge_repeats(cycle, i)))
            write_edge(writer, cycle, i);
    fputs("    }\n", writer->file);
    write_tails(writer, cycle, chosen);
    free(chosen);
    return true;
}

static void write_leaks(const struct dot_writer *writer, const struct process *process)
{
    for (size_t i = 0; i < process->leaks.site_count; i++) {
        const struct leak *leak = &process->leaks.sites[i];

        if (leak->class != LEAK_DIRECT)
            continue;
        fprintf(writer->file, "    p%zul%zu [fillcolor=\"#f6dbdb\", color=\"#b04a4a\", label=\"",
                writer->process, i);
        write_place(writer->file, leak->site);
        fprintf(writer->file, "%s, %s", format_plural(leak->amount.blocks, "block").text,
                format_size(leak->amount.bytes).text);
        if (leak->retained_bytes > leak->amount.bytes)
            fprintf(writer->file, "\\nkeeping %s", format_size(leak->retained_bytes).text);
        fputs("\"];\n", writer->file);
    }
}

static void write_process_title(const struct dot_writer *writer, const struct process *process)
{
    fprintf(writer->file, "  subgraph cluster_p%zu {\n", writer->process);
    if (writer->options->is_part_of_page) {
        fputs("    peripheries=0;\n", writer->file);
        return;
    }
    fputs("    label=\"", writer->file);
    write_escaped(writer->file, label_process(process).text);
    fprintf(writer->file, " (pid %d)\"; color=\"#bbbbbb\"; fontsize=12;\n", process->pid);
}

static bool write_process(struct dot_writer *writer, const struct process *process)
{
    write_process_title(writer, process);
    for (size_t i = 0; i < process->cycle_count && i < writer->options->top; i++) {
        writer->cycle = i;
        if (!write_cycle(writer, &process->cycles[i]))
            return false;
    }
    if (writer->options->leaks)
        write_leaks(writer, process);
    fputs("  }\n", writer->file);
    return true;
}

static bool is_drawn(const struct dot_options *options, const struct process *process)
{
    return (!options->pid || options->pid == (uint64_t)process->pid) &&
           (process->cycle_count || (options->leaks && process->leaks.direct.blocks));
}

static bool has_pid(const struct session *session, uint64_t pid)
{
    for (size_t i = 0; i < session->process_count; i++)
        if ((uint64_t)session->processes[i].pid == pid)
            return true;
    return pid == 0;
}

bool dot_write(const struct session *session, const struct dot_options *options, FILE *file,
               struct error *error)
{
    struct dot_writer writer = {.file = file, .options = options};
    bool drawn = false;

    if (!has_pid(session, options->pid))
        return error_set(error, "%s: no process with pid %" PRIu64, session->path, options->pid);
    fprintf(file, graph_head, options->is_part_of_page ? "transparent" : "white");
    for (size_t i = 0; i < session->process_count; i++) {
        if (!is_drawn(options, &session->processes[i]))
            continue;
        drawn = true;
        writer.process = i;
        if (!write_process(&writer, &session->processes[i]))
            return error_set(error, "out of memory");
    }
    if (!options->is_part_of_page)
        fputs(drawn ? legend : "  label=\"no cycles\";\n", file);
    fputs("}\n", file);
    return true;
}
