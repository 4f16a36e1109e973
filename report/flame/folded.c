/* SPDX-License-Identifier: MIT */
#include "report/flame/folded.h"

#include <inttypes.h>
#include <stdlib.h>

/* ';' separates frames; names have their control characters escaped already. */
static void write_frame(FILE *file, const char *name)
{
    for (; *name; name++)
        fputc(*name == ';' ? ':' : *name, file);
}

/* path[d] is the node of depth d on the way to the node. */
static void write_stack(const struct flame_tree *tree, const uint32_t *path, uint32_t depth,
                        FILE *file)
{
    for (uint32_t i = 1; i <= depth; i++) {
        write_frame(file, flame_tree_name(tree, path[i]));
        fputc(i < depth ? ';' : ' ', file);
    }
}

bool folded_write(const struct flame_tree *tree, const struct flame_options *options, FILE *file,
                  struct error *error)
{
    uint32_t *path = calloc((size_t)tree->depth + 1, sizeof(*path));

    if (!path)
        return error_set(error, "out of memory");
    for (uint32_t i = flame_tree_next(tree, 0); i; i = flame_tree_next(tree, i)) {
        const struct flame_node *node = &tree->nodes[i];

        path[node->depth] = i;
        if (!node->self && !node->old_self)
            continue;
        write_stack(tree, path, node->depth, file);
        if (options->compared)
            fprintf(file, "%" PRIu64 " ", node->old_self);
        fprintf(file, "%" PRIu64 "\n", node->self);
    }
    free(path);
    return true;
}
