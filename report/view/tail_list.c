/* SPDX-License-Identifier: MIT */
#include "report/view/tail_list.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/view/labels.h"

struct placed_tail {
    struct cycle_tail tail;
    char *place;
};

static int compare_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) : (left != NULL) - (right != NULL);
}

static int by_looks(const void *left, const void *right)
{
    const struct placed_tail *one = left, *other = right;
    int order = (one->tail.holder > other->tail.holder) - (one->tail.holder < other->tail.holder);

    if (!order)
        order = compare_text(one->tail.type, other->tail.type);
    return order ? order : compare_text(one->place, other->place);
}

static int by_bytes(const void *left, const void *right)
{
    const struct cycle_tail *one = left, *other = right;

    return (one->amount.bytes < other->amount.bytes) - (one->amount.bytes > other->amount.bytes);
}

static struct placed_tail *place_tails(const struct cycle *cycle)
{
    struct placed_tail *placed = calloc(cycle->tail_count + 1, sizeof(*placed));

    for (size_t i = 0; placed && i < cycle->tail_count; i++)
        placed[i] =
            (struct placed_tail){cycle->tails[i], strdup(label_site(cycle->tails[i].site).text)};
    if (placed && cycle->tail_count)
        qsort(placed, cycle->tail_count, sizeof(*placed), by_looks);
    return placed;
}

struct cycle_tail *tail_list_make(const struct cycle *cycle, size_t *count)
{
    struct placed_tail *placed = place_tails(cycle);
    struct cycle_tail *tails = calloc(cycle->tail_count + 1, sizeof(*tails));

    *count = 0;
    for (size_t i = 0; placed && tails && i < cycle->tail_count; i++) {
        if (i == 0 || by_looks(&placed[i - 1], &placed[i]) != 0) {
            tails[(*count)++] = placed[i].tail;
            continue;
        }
        tails[*count - 1].amount.blocks += placed[i].tail.amount.blocks;
        tails[*count - 1].amount.bytes += placed[i].tail.amount.bytes;
    }
    if (*count)
        qsort(tails, *count, sizeof(*tails), by_bytes);
    for (size_t i = 0; placed && i < cycle->tail_count; i++)
        free(placed[i].place);
    free(placed);
    return tails;
}
