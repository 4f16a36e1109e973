/* SPDX-License-Identifier: MIT */
#include "report/flame/speedscope.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "report/base/utf8.h"
#include "report/base/version.h"

/* The profile of one subtree: that of the root, or of a process below it. */
struct profile {
    const struct flame_tree *tree;
    uint32_t top;
    bool is_bytes;
    FILE *file;
};

static void write_text(FILE *file, const char *text)
{
    char *clean = utf8_clean(text);
    json_t *string = json_string(clean ? clean : "");

    json_dumpf(string, file, JSON_ENCODE_ANY);
    json_decref(string);
    free(clean);
}

static void write_frames(const struct flame_tree *tree, FILE *file)
{
    fputs("\"frames\":[", file);
    for (size_t i = 0; i < tree->name_count; i++) {
        const struct frame *frame = tree->names[i].frame;

        fputs(i ? ",\n{\"name\":" : "\n{\"name\":", file);
        write_text(file, tree->names[i].text);
        if (frame && frame->file) {
            fputs(",\"file\":", file);
            write_text(file, frame->file);
        }
        if (frame && frame->file && frame->line)
            fprintf(file, ",\"line\":%u", frame->line);
        fputc('}', file);
    }
    fputs("]", file);
}

/* The next node of the subtree with a cost of its own. */
static uint32_t next_sample(const struct profile *profile, uint32_t node)
{
    const struct flame_node *nodes = profile->tree->nodes;

    do {
        node = flame_tree_next(profile->tree, node);
        if (!node || nodes[node].depth <= nodes[profile->top].depth)
            return 0;
    } while (!nodes[node].self);
    return node;
}

/* There are millions of them. */
static void write_index(FILE *file, uint32_t number, char before)
{
    char digits[12];
    size_t at = sizeof(digits);

    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10));
    if (before)
        digits[--at] = before;
    fwrite_unlocked(digits + at, 1, sizeof(digits) - at, file);
}

static void write_samples(const struct profile *profile, uint32_t *path)
{
    const struct flame_node *nodes = profile->tree->nodes;
    uint32_t above = nodes[profile->top].depth;
    const char *comma = "";

    for (uint32_t i = next_sample(profile, profile->top); i; i = next_sample(profile, i)) {
        uint32_t depth = nodes[i].depth - above;

        for (uint32_t at = i, d = depth; d > 0; at = nodes[at].parent)
            path[--d] = nodes[at].name;
        fprintf(profile->file, "%s\n[", comma);
        for (uint32_t d = 0; d < depth; d++)
            write_index(profile->file, path[d], d ? ',' : 0);
        fputc(']', profile->file);
        comma = ",";
    }
}

static void write_profile(const struct profile *profile, uint32_t *path)
{
    const struct flame_node *nodes = profile->tree->nodes;
    const char *comma = "";

    fputs("{\"type\":\"sampled\",\"name\":", profile->file);
    write_text(profile->file, flame_tree_name(profile->tree, profile->top));
    fprintf(profile->file,
            ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%" PRIu64 ",\"samples\":[",
            profile->is_bytes ? "bytes" : "none", nodes[profile->top].total);
    write_samples(profile, path);
    fputs("],\"weights\":[", profile->file);
    for (uint32_t i = next_sample(profile, profile->top); i; i = next_sample(profile, i)) {
        fprintf(profile->file, "%s%" PRIu64, comma, nodes[i].self);
        comma = ",";
    }
    fputs("]}", profile->file);
}

/* With several processes, they are the level below the root. */
static void write_profiles(struct profile *profile, bool by_process, uint32_t *path)
{
    const char *comma = "";

    fputs("\"profiles\":[\n", profile->file);
    if (!by_process) {
        write_profile(profile, path);
    } else {
        for (uint32_t i = profile->tree->nodes[0].first_child; i;
             i = profile->tree->nodes[i].next_sibling) {
            fputs(comma, profile->file);
            profile->top = i;
            write_profile(profile, path);
            comma = ",\n";
        }
    }
    fputs("]", profile->file);
}

bool speedscope_write(const struct flame_tree *tree, const struct session *session,
                      const struct flame_options *options, FILE *file, struct error *error)
{
    struct profile profile = {
        .tree = tree, .is_bytes = costs[options->cost].is_bytes, .file = file};
    bool by_process = session->process_count > 1 && !options->pid && tree->nodes[0].first_child;
    uint32_t *path;

    if (options->compared)
        return error_set(error, "speedscope cannot show differences: use svg, folded or pprof");
    path = calloc((size_t)tree->depth + 1, sizeof(*path));
    if (!path)
        return error_set(error, "out of memory");
    fprintf(file,
            "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\n"
            "\"exporter\":\"%s\",\"name\":",
            version_name);
    write_text(file, options->title ? options->title : costs[options->cost].title);
    fputs(",\n\"shared\":{", file);
    write_frames(tree, file);
    fputs("},\n", file);
    write_profiles(&profile, by_process, path);
    fputs("}\n", file);
    free(path);
    return true;
}
