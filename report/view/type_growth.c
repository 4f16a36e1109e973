/* SPDX-License-Identifier: MIT */
#include "report/view/type_growth.h"

#include <stdlib.h>
#include <string.h>

#include "report/view/labels.h"

/* --- one row per name --- */

static bool append(struct type_growth_rows *rows, const char *name, uint64_t blocks, uint64_t bytes,
                   int sign)
{
    struct type_growth_row *row = &rows->rows[rows->count];

    *row = (struct type_growth_row){.name = strdup(name),
                                    .blocks = sign > 0 ? blocks : 0,
                                    .bytes = sign > 0 ? bytes : 0,
                                    .blocks_delta = sign * (int64_t)blocks,
                                    .bytes_delta = sign * (int64_t)bytes};
    rows->count += row->name != NULL;
    return row->name != NULL;
}

static int compare_names(const void *left, const void *right)
{
    const struct type_growth_row *one = left, *other = right;

    return strcmp(one->name, other->name);
}

static int compare_growth(const void *left, const void *right)
{
    const struct type_growth_row *one = left, *other = right;

    if (one->bytes_delta != other->bytes_delta)
        return one->bytes_delta > other->bytes_delta ? -1 : 1;
    if (one->blocks_delta != other->blocks_delta)
        return one->blocks_delta > other->blocks_delta ? -1 : 1;
    return compare_names(left, right);
}

static void merge(struct type_growth_rows *rows)
{
    size_t kept = 0;

    qsort(rows->rows, rows->count, sizeof(*rows->rows), compare_names);
    for (size_t i = 0; i < rows->count; i++) {
        struct type_growth_row *row = &rows->rows[i], *last = kept ? &rows->rows[kept - 1] : NULL;

        if (!last || strcmp(last->name, row->name) != 0) {
            rows->rows[kept++] = *row;
            continue;
        }
        last->blocks += row->blocks;
        last->bytes += row->bytes;
        last->blocks_delta += row->blocks_delta;
        last->bytes_delta += row->bytes_delta;
        free(row->name);
    }
    rows->count = kept;
}

/* Unchanged types are left out. */
static void keep_changes(struct type_growth_rows *rows)
{
    size_t kept = 0;

    for (size_t i = 0; i < rows->count; i++) {
        if (rows->rows[i].blocks_delta || rows->rows[i].bytes_delta)
            rows->rows[kept++] = rows->rows[i];
        else
            free(rows->rows[i].name);
    }
    rows->count = kept;
    qsort(rows->rows, rows->count, sizeof(*rows->rows), compare_growth);
}

static bool reserve(struct type_growth_rows *rows, size_t old, size_t new)
{
    rows->rows = calloc(old + new + 1, sizeof(*rows->rows));
    return rows->rows != NULL;
}

/* --- both graphs --- */

static bool append_types(struct type_growth_rows *rows, const struct object_graph *objects,
                         int sign)
{
    struct type_list list;
    bool done = type_list_collect(&list, objects);

    for (size_t i = 0; done && i < list.count; i++)
        done = append(rows, list.rows[i].name, list.rows[i].blocks, list.rows[i].bytes, sign);
    type_list_release(&list);
    return done;
}

static bool append_places(struct type_growth_rows *rows, const struct object_graph *objects,
                          int sign)
{
    for (size_t i = 0; i < objects->site_count; i++) {
        const struct object_site *site = &objects->sites[i];

        if (!append(rows, label_site(site->site).text, site->blocks, site->bytes, sign))
            return false;
    }
    return true;
}

static bool find(struct type_growth *growth, const struct object_graph *old,
                 const struct object_graph *new)
{
    return reserve(&growth->types, old->type_count, new->type_count) &&
           reserve(&growth->places, old->site_count, new->site_count) &&
           append_types(&growth->types, old, -1) && append_types(&growth->types, new, 1) &&
           append_places(&growth->places, old, -1) && append_places(&growth->places, new, 1);
}

bool type_growth_find(struct type_growth *growth, const struct object_graph *old,
                      const struct object_graph *new)
{
    static const struct object_graph nothing;

    if (!old)
        old = &nothing;
    *growth = (struct type_growth){.blocks_delta = (int64_t)(new->blocks - old->blocks),
                                   .bytes_delta = (int64_t)(new->bytes - old->bytes)};
    if (!find(growth, old, new)) {
        type_growth_release(growth);
        return false;
    }
    merge(&growth->types);
    merge(&growth->places);
    keep_changes(&growth->types);
    keep_changes(&growth->places);
    return true;
}

static void release_rows(struct type_growth_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->rows[i].name);
    free(rows->rows);
    *rows = (struct type_growth_rows){0};
}

void type_growth_release(struct type_growth *growth)
{
    release_rows(&growth->types);
    release_rows(&growth->places);
}

/* --- which process belongs to which --- */

static bool same_program(const struct process *one, const struct process *other)
{
    return strcmp(label_process(one).text, label_process(other).text) == 0;
}

const struct process *type_growth_counterpart(const struct session *old, const struct session *new,
                                              const struct process *process)
{
    size_t before = 0;

    for (const struct process *at = new->processes; at < process; at++)
        before += same_program(at, process);
    for (size_t i = 0; i < old->process_count; i++)
        if (same_program(&old->processes[i], process) && before-- == 0)
            return &old->processes[i];
    return NULL;
}

bool type_growth_is_wanted(const struct process *process, uint64_t pid)
{
    return process->objects && (!pid || pid == (uint64_t)process->pid);
}
