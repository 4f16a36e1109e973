/* SPDX-License-Identifier: MIT */
#include "report/flame/flame_svg.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/assets.h"
#include "report/base/format.h"
#include "report/base/markup.h"
#include "report/base/utf8.h"
#include "report/view/labels.h"

enum {
    WIDTH = 1200,
    MARGIN = 10,
    HEAD = 66, /* title, search and details */
    ROW = 17,
    MOST_DRAWN = 12000, /* frames drawn by default: as many as a browser opens at once */
};
#define LETTER 6.63 /* width of a character in flame.css, in pixels */

struct drawing {
    const struct flame_tree *tree;
    const struct flame_options *options;
    FILE *file;
    uint64_t least;      /* cost below which a frame is not drawn */
    uint64_t left_out;   /* how many were not drawn */
    uint64_t most_moved; /* biggest difference of any frame's own cost */
    uint32_t depth;
};

struct colour {
    unsigned red, green, blue;
};

/* 15 to 85 % of `strength`; the same text always gets the same shade. */
static unsigned shade(const char *text, unsigned strength)
{
    unsigned hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return strength * (15 + hash % 70) / 100;
}

static struct colour colour_of_frame(const struct frame *frame, const char *name)
{
    if (!frame)
        return (struct colour){205, 205, 200};
    if (frame->language == FRAME_PYTHON)
        return (struct colour){110 + shade(name, 50), 165 + shade(name, 40), 235};
    if (!frame->module)
        return (struct colour){200, 190, 180};
    if (strncmp(frame->module, "lib", 3) == 0 || strstr(frame->module, ".so"))
        return (struct colour){190 + shade(frame->module, 60), 205 + shade(frame->module, 30),
                               100 + shade(frame->module, 90)};
    return (struct colour){250, 140 + shade(name, 70), 75 + shade(name, 40)};
}

/* White where nothing changed. */
static struct colour colour_of_change(const struct flame_node *node, uint64_t most)
{
    uint64_t moved =
        node->self > node->old_self ? node->self - node->old_self : node->old_self - node->self;
    unsigned faint = 235 - (most ? (unsigned)(170.0 * (double)moved / (double)most) : 0);

    return node->self >= node->old_self ? (struct colour){245, faint, faint}
                                        : (struct colour){faint, faint, 245};
}

static struct formatted amount(const struct drawing *drawing, uint64_t cost)
{
    return costs[drawing->options->cost].is_bytes ? format_size(cost) : format_count(cost);
}

static void write_change(const struct drawing *drawing, const struct flame_node *node)
{
    bool less = node->total < node->old_total;

    fprintf(
        drawing->file, "\n%s%s, before %s", less ? "-" : "+",
        amount(drawing, less ? node->old_total - node->total : node->total - node->old_total).text,
        amount(drawing, node->old_total).text);
}

static void write_title(const struct drawing *drawing, uint32_t i)
{
    const struct flame_node *node = &drawing->tree->nodes[i];
    const struct frame *frame = drawing->tree->names[node->name].frame;
    FILE *file = drawing->file;

    fputs("<title>", file);
    markup_text(file, flame_tree_name(drawing->tree, i));
    markup_printf(file, "\n%s, %s", amount(drawing, node->total).text,
                  format_percent(node->total, drawing->tree->nodes[0].total).text);
    if (node->self && node->self != node->total)
        fprintf(file, ", itself %s", amount(drawing, node->self).text);
    if (drawing->options->compared)
        write_change(drawing, node);
    if (frame && frame->module) {
        fputc('\n', file);
        markup_text(file, label_module(frame).text);
    }
    fputs("</title>", file);
}

/* Only where there is room; flame.js adds the others on zooming. */
static void write_label(const struct drawing *drawing, const char *name, double x, double width,
                        uint32_t depth)
{
    struct label label;
    double letters = (width - 6) / LETTER;

    if (letters < 3)
        return;
    snprintf(label.text, sizeof(label.text), "%s", name);
    fprintf(drawing->file, "<text x=\"%.2f\" y=\"%u\">", x + 3, HEAD + ROW * depth + 12);
    markup_text(drawing->file, label_fit(label, (unsigned)letters, true).text);
    fputs("</text>", drawing->file);
}

/* `start`: the cost of everything to its left. */
static void write_node(const struct drawing *drawing, uint32_t i, uint64_t start)
{
    const struct flame_tree *tree = drawing->tree;
    const struct flame_node *node = &tree->nodes[i];
    const char *name = flame_tree_name(tree, i);
    double all = (double)tree->nodes[0].total, across = WIDTH - 2 * MARGIN;
    double x = (double)start / all, width = (double)node->total / all;
    struct colour colour = drawing->options->compared
                               ? colour_of_change(node, drawing->most_moved)
                               : colour_of_frame(tree->names[node->name].frame, name);

    fprintf(drawing->file, "<g class=\"f\" data-x=\"%.8g\" data-w=\"%.8g\" data-d=\"%u\">", x,
            width, node->depth);
    write_title(drawing, i);
    fprintf(drawing->file,
            "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"#%02x%02x%02x\"/>",
            MARGIN + x * across, HEAD + ROW * node->depth, width * across, ROW - 1, colour.red,
            colour.green, colour.blue);
    write_label(drawing, name, MARGIN + x * across, width * across, node->depth);
    fputs("</g>\n", drawing->file);
}

/* Siblings lie side by side, from where their parent starts. */
static bool write_nodes(const struct drawing *drawing, struct error *error)
{
    const struct flame_tree *tree = drawing->tree;
    uint64_t *next_start = calloc((size_t)tree->depth + 2, sizeof(*next_start));

    if (!next_start)
        return error_set(error, "out of memory");
    for (uint32_t i = 0, first = 1; i || first; i = flame_tree_next(tree, i), first = 0) {
        const struct flame_node *node = &tree->nodes[i];
        uint64_t start = next_start[node->depth];

        next_start[node->depth] += node->total;
        next_start[node->depth + 1] = start;
        if (node->total && node->total >= drawing->least)
            write_node(drawing, i, start);
    }
    free(next_start);
    return true;
}

static int compare_down(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a < b) - (a > b);
}

/* Leaves out what is too narrow to see, and no more frames than a browser can take. */
static bool choose_least(struct drawing *drawing, struct error *error)
{
    const struct flame_tree *tree = drawing->tree;
    uint64_t *totals = calloc(tree->node_count, sizeof(*totals));
    size_t most;

    if (!totals)
        return error_set(error, "out of memory");
    for (size_t i = 0; i < tree->node_count; i++)
        totals[i] = tree->nodes[i].total;
    most = drawing->options->most_frames ? drawing->options->most_frames : MOST_DRAWN;
    qsort(totals, tree->node_count, sizeof(*totals), compare_down);
    drawing->least = totals[0] / (10 * WIDTH);
    if (tree->node_count > most && drawing->least <= totals[most])
        drawing->least = totals[most] + 1;
    free(totals);
    return true;
}

static bool measure(struct drawing *drawing, struct error *error)
{
    const struct flame_tree *tree = drawing->tree;

    if (!choose_least(drawing, error))
        return false;
    for (size_t i = 0; i < tree->node_count; i++) {
        const struct flame_node *node = &tree->nodes[i];
        uint64_t moved =
            node->self > node->old_self ? node->self - node->old_self : node->old_self - node->self;

        if (moved > drawing->most_moved)
            drawing->most_moved = moved;
        if (node->total < drawing->least)
            drawing->left_out++;
        else if (node->total && node->depth > drawing->depth)
            drawing->depth = node->depth;
    }
    return true;
}

static const char *cost_title(const struct flame_options *options)
{
    return options->title ? options->title : costs[options->cost].title;
}

/* The middles of the ranges that colour_of_frame() gives. */
static void write_legend(FILE *file)
{
    static const struct {
        const char *colour, *name;
    } kinds[] = {
        {"#faaf5f", "program"}, {"#dcdc91", "libraries (a shade each)"}, {"#87b9eb", "Python"}};
    unsigned x = 340;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        fprintf(file,
                "<rect x=\"%u\" y=\"31\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                "<text class=\"note\" x=\"%u\" y=\"40\">%s</text>\n",
                x, kinds[i].colour, x + 14, kinds[i].name);
        x += 34 + 7 * (unsigned)strlen(kinds[i].name);
    }
}

static void write_head(const struct drawing *drawing)
{
    const struct flame_options *options = drawing->options;
    FILE *file = drawing->file;

    fprintf(file, "<text class=\"title\" x=\"%d\" y=\"22\" font-size=\"15\">%s: %s%s%s</text>\n",
            MARGIN, cost_title(options), amount(drawing, drawing->tree->nodes[0].total).text,
            options->inverted ? ", by the function that allocates" : "",
            options->compared ? "; red: more than before, blue: less" : "");
    if (drawing->left_out)
        fprintf(file, "<text class=\"note\" x=\"%d\" y=\"40\">%s below %s not drawn</text>\n",
                MARGIN, format_plural(drawing->left_out, "frame").text,
                amount(drawing, drawing->least).text);
    if (!options->compared)
        write_legend(file);
    fprintf(file,
            "<text class=\"details\" x=\"%d\" y=\"58\"></text>\n"
            "<text class=\"reset gone\" x=\"%d\" y=\"40\">Reset zoom</text>\n"
            "<text class=\"matched\" x=\"%d\" y=\"40\" text-anchor=\"end\"></text>\n"
            "<foreignObject class=\"search gone\" x=\"%d\" y=\"6\" width=\"240\" height=\"24\">"
            "<input xmlns=\"http://www.w3.org/1999/xhtml\" class=\"words\" type=\"search\" "
            "placeholder=\"search (/)\" aria-label=\"search\"/></foreignObject>\n",
            MARGIN, WIDTH - 330, WIDTH - MARGIN, WIDTH - MARGIN - 240);
}

/*
 * The title of the whole picture comes first: without one, browsers look for it again at each
 * frame's.
 */
bool flame_svg_write(const struct flame_tree *tree, const struct flame_options *options, FILE *file,
                     struct error *error)
{
    struct drawing drawing = {.tree = tree, .options = options, .file = file};
    unsigned height;

    if (!measure(&drawing, error))
        return false;
    height = HEAD + ROW * (drawing.depth + 1) + MARGIN;
    fprintf(file,
            "<svg class=\"flame\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" "
            "width=\"%d\" "
            "height=\"%u\" font-family=\"system-ui, sans-serif\" "
            "font-size=\"12\">\n<title>%s: %s</title>\n<style>%s</style>\n",
            WIDTH, height, WIDTH, height, cost_title(options),
            amount(&drawing, tree->nodes[0].total).text, asset_flame_css);
    write_head(&drawing);
    if (!tree->nodes[0].total)
        fprintf(file, "<text x=\"%d\" y=\"%d\">nothing with this cost was recorded</text>\n",
                MARGIN, HEAD + ROW);
    else if (!write_nodes(&drawing, error))
        return false;
    fprintf(file, "<script><![CDATA[\n%s]]></script>\n</svg>\n",
            tree->nodes[0].total ? asset_flame_js : "");
    return true;
}
