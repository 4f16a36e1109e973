/* SPDX-License-Identifier: MIT */
#include "report/view/cycle_path.h"

#include <stdint.h>
#include <stdlib.h>

static const size_t unseen = SIZE_MAX;

static bool edges_fit(const struct cycle *cycle)
{
    for (size_t i = 0; i < cycle->edge_count; i++)
        if (cycle->edges[i].from >= cycle->member_count ||
            cycle->edges[i].to >= cycle->member_count)
            return false;
    return cycle->weaken < cycle->edge_count;
}

/* Sorts the edges by the member they start at: those of m are first[m] .. first[m + 1] in `sorted`.
 */
static void sort_edges(const struct cycle *cycle, size_t *first, size_t *sorted)
{
    for (size_t i = 0; i <= cycle->member_count; i++)
        first[i] = 0;
    for (size_t i = 0; i < cycle->edge_count; i++)
        first[cycle->edges[i].from + 1]++;
    for (size_t i = 0; i < cycle->member_count; i++)
        first[i + 1] += first[i];
    for (size_t i = cycle->edge_count; i-- > 0;)
        sorted[--first[cycle->edges[i].from + 1]] = i;
    for (size_t i = 0; i < cycle->member_count; i++) /* first[m + 1] is now the start of m */
        first[i] = first[i + 1];
    first[cycle->member_count] = cycle->edge_count;
}

/* Breadth first from `start`; came_by[m] is the edge that found m. */
static void search(const struct cycle *cycle, const size_t *first, const size_t *sorted,
                   size_t start, size_t *queue, size_t *came_by)
{
    size_t head = 0, tail = 0;

    for (size_t i = 0; i < cycle->member_count; i++)
        came_by[i] = unseen;
    came_by[start] = cycle->weaken;
    queue[tail++] = start;
    while (head < tail) {
        size_t member = queue[head++];

        for (size_t i = first[member]; i < first[member + 1]; i++) {
            size_t to = cycle->edges[sorted[i]].to;

            if (came_by[to] != unseen)
                continue;
            came_by[to] = sorted[i];
            queue[tail++] = to;
        }
    }
}

static bool walk_back(struct cycle_path *path, const struct cycle *cycle, const size_t *came_by)
{
    const struct cycle_edge *cut = &cycle->edges[cycle->weaken];
    size_t length = 1;

    if (came_by[cut->from] == unseen)
        return false;
    for (size_t member = cut->from; member != cut->to; member = cycle->edges[came_by[member]].from)
        length++;
    path->edges = calloc(length, sizeof(*path->edges));
    if (!path->edges)
        return false;
    path->length = length;
    path->edges[--length] = cycle->weaken;
    for (size_t member = cut->from; member != cut->to; member = cycle->edges[came_by[member]].from)
        path->edges[--length] = came_by[member];
    return true;
}

bool cycle_path_find(struct cycle_path *path, const struct cycle *cycle)
{
    size_t members = cycle->member_count, edges = cycle->edge_count;
    size_t *memory = calloc(3 * members + edges + 1, sizeof(*memory));
    bool found = false;

    *path = (struct cycle_path){0};
    if (memory && edges_fit(cycle)) {
        size_t *first = memory, *queue = first + members + 1, *came_by = queue + members,
               *sorted = came_by + members;

        sort_edges(cycle, first, sorted);
        search(cycle, first, sorted, cycle->edges[cycle->weaken].to, queue, came_by);
        found = walk_back(path, cycle, came_by);
    }
    free(memory);
    return found;
}

void cycle_path_release(struct cycle_path *path)
{
    free(path->edges);
    *path = (struct cycle_path){0};
}
