/* SPDX-License-Identifier: MIT */
/* Call trees: what allocates, with its callers below it, or what was called, from main down. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/base/utf8.h"
#include "report/flame/flame_tree.h"
#include "report/text/text_parts.h"
#include "report/view/labels.h"

enum { NUMBERS_WIDTH = 24, DEEPEST = 20, LEAST_PERCENT = 1, MOST_NAMES = 24 };

struct tree_text {
    const struct text_writer *writer;
    const struct flame_tree *tree;
    uint32_t *children; /* of the nodes on the way down, one after another */
    size_t child_count;
};

static struct formatted amount(const struct tree_text *text, uint64_t cost)
{
    return costs[text->writer->options->cost].is_bytes ? format_size(cost) : format_count(cost);
}

/* A deep tree keeps some room for names. */
static unsigned indentation(const struct text_writer *writer, unsigned depth)
{
    unsigned most = writer->options->style.width / 4;

    return 2 * depth < most ? 2 * depth : most;
}

static void write_numbers(const struct tree_text *text, uint64_t cost, unsigned depth)
{
    fprintf(text->writer->file, "  %13s  %5s  %*s", amount(text, cost).text,
            format_percent(cost, text->tree->nodes[0].total).text,
            (int)indentation(text->writer, depth), "");
}

/* A chain of nodes, each the only child of the previous one that is worth a line. */
struct chain {
    uint32_t first, last;
    size_t length;
};

static uint64_t least_cost(const struct flame_tree *tree)
{
    return tree->nodes[0].total / 100 * LEAST_PERCENT;
}

/* The child with nearly all of its parent's cost; 0: there is none. */
static uint32_t main_child(const struct flame_tree *tree, uint32_t node)
{
    const struct flame_node *nodes = tree->nodes;
    uint64_t least = least_cost(tree);

    for (uint32_t child = nodes[node].first_child; child; child = nodes[child].next_sibling)
        if (nodes[child].total >= least && (nodes[child].total == nodes[node].total ||
                                            nodes[node].total - nodes[child].total < least))
            return child;
    return 0;
}

static struct chain chain_from(const struct flame_tree *tree, uint32_t node)
{
    struct chain chain = {node, node, 1};
    uint32_t child;

    while ((child = main_child(tree, chain.last))) {
        chain.last = child;
        chain.length++;
    }
    return chain;
}

/* "plan (robot.cpp)": a node covers all lines of the function, so it names none. */
static void write_name(const struct tree_text *text, uint32_t node, FILE *line)
{
    const struct flame_name *name = &text->tree->names[text->tree->nodes[node].name];
    struct frame frame = name->frame ? *name->frame : (struct frame){0};

    frame.line = 0;
    fputs(name->frame ? label_place(&frame).text : name->text, line);
}

/* The chain on one line, with `left_out` of its nodes before the last left out; free() it. */
static char *join_chain(const struct tree_text *text, const struct chain *chain, size_t left_out)
{
    const char *arrow = text->writer->options->style.utf8 ? " › " : " > ";
    uint32_t node = chain->first;
    size_t size;
    char *joined = NULL;
    FILE *line = open_memstream(&joined, &size);

    if (!line)
        return NULL;
    for (size_t i = 0; i < chain->length; i++) {
        bool is_shown = i + 1 == chain->length || i + 1 + left_out < chain->length;

        if (i + 1 + left_out == chain->length && left_out)
            fprintf(line, "%s%zu more", i ? arrow : "", left_out);
        if (is_shown && i)
            fputs(arrow, line);
        if (is_shown)
            write_name(text, node, line);
        node = main_child(text->tree, node);
    }
    fclose(line);
    return joined;
}

/* As much of the chain as fits on the line; its ends come first. */
static void write_chain(const struct tree_text *text, const struct chain *chain, unsigned depth)
{
    const struct style *style = &text->writer->options->style;
    unsigned room = text_room(text->writer, NUMBERS_WIDTH + indentation(text->writer, depth));
    size_t left_out = chain->length > MOST_NAMES ? chain->length - MOST_NAMES : 0;
    char *joined = join_chain(text, chain, left_out);
    struct label line = {""};

    while (joined && utf8_length(joined) > room && left_out + 2 < chain->length) {
        free(joined);
        joined = join_chain(text, chain, ++left_out);
    }
    if (joined)
        utf8_copy(line.text, sizeof(line.text), joined, false);
    free(joined);
    text_styled(text->writer, depth ? STYLE_FAINT : STYLE_STRONG, "%s",
                label_fit(line, room, style->utf8).text);
    fputc('\n', text->writer->file);
}

static const struct flame_node *sorted_nodes; /* qsort() passes no context */

static int by_cost(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t cost_a = sorted_nodes[a].total, cost_b = sorted_nodes[b].total;

    return cost_a == cost_b ? (a > b) - (a < b) : cost_a < cost_b ? 1 : -1;
}

/* The children of a node, most cost first, stored behind those of its ancestors. */
static uint32_t *sort_children(struct tree_text *text, uint32_t node, size_t *count)
{
    const struct flame_node *nodes = text->tree->nodes;
    uint32_t *children = text->children + text->child_count;

    *count = 0;
    for (uint32_t child = nodes[node].first_child; child; child = nodes[child].next_sibling)
        children[(*count)++] = child;
    sorted_nodes = nodes;
    qsort(children, *count, sizeof(*children), by_cost);
    text->child_count += *count;
    return children;
}

static void write_children(struct tree_text *text, uint32_t node, unsigned depth);

static void write_node(struct tree_text *text, uint32_t node, unsigned depth)
{
    struct chain chain = chain_from(text->tree, node);

    write_numbers(text, text->tree->nodes[node].total, depth);
    write_chain(text, &chain, depth);
    write_children(text, chain.last, depth + 1);
}

/* Small or deep children are summed up on one line. */
static void write_children(struct tree_text *text, uint32_t node, unsigned depth)
{
    const struct flame_node *nodes = text->tree->nodes;
    const struct text_writer *writer = text->writer;
    uint64_t least = least_cost(text->tree), rest = 0;
    size_t count, shown = 0;
    uint32_t *children = sort_children(text, node, &count);

    while (shown < count && shown < writer->options->top && depth < DEEPEST &&
           nodes[children[shown]].total >= least && nodes[children[shown]].total)
        write_node(text, children[shown++], depth);
    for (size_t i = shown; i < count; i++)
        rest += nodes[children[i]].total;
    if (rest && (depth == 0 || (shown && rest >= least))) {
        write_numbers(text, rest, depth);
        text_styled(writer, STYLE_FAINT, "%s more", format_count(count - shown).text);
        fputc('\n', writer->file);
    }
    text->child_count -= count;
}

static void write_heading(const struct tree_text *text)
{
    const struct text_options *options = text->writer->options;
    const char *title = costs[options->cost].title;

    fputc('\n', text->writer->file);
    text_styled(text->writer, STYLE_HEADING, "%c%s: %s", toupper(title[0]), title + 1,
                amount(text, text->tree->nodes[0].total).text);
    if (!text->tree->nodes[0].total)
        fputs(", so there is no tree\n", text->writer->file);
    else
        fputs(options->tree == TREE_BOTTOM_UP
                  ? ", the functions that allocate first, then their callers\n"
                  : ", callers first, then what they call\n",
              text->writer->file);
}

bool text_tree(const struct text_writer *writer, const struct process *process, struct error *error)
{
    struct flame_options options = {.cost = writer->options->cost,
                                    .inverted = writer->options->tree == TREE_BOTTOM_UP,
                                    .own_code = true,
                                    .by_thread = writer->options->by_thread};
    struct session alone = *writer->session;
    struct flame_tree tree;
    struct tree_text text = {.writer = writer, .tree = &tree};
    bool done;

    alone.processes = (struct process *)process;
    alone.process_count = 1;
    if (!flame_tree_build(&tree, &alone, &options, error))
        return false;
    text.children = calloc(tree.node_count + 1, sizeof(*text.children));
    done = text.children || error_set(error, "out of memory");
    if (done) {
        write_heading(&text);
        write_children(&text, 0, 0);
    }
    free(text.children);
    flame_tree_release(&tree);
    return done;
}
