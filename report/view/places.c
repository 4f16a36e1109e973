/* SPDX-License-Identifier: MIT */
#include "report/view/places.h"

#include <stdlib.h>
#include <string.h>

#include "report/view/labels.h"

static int compare_text(const char *left, const char *right)
{
    return left && right ? strcmp(left, right) : (left != NULL) - (right != NULL);
}

#define COMPARE(left, right) (((left) > (right)) - ((left) < (right)))

/* A place is a source line, else a function, else an instruction. */
static int compare_frames(const struct frame *left, const struct frame *right)
{
    int order;

    if (!left || !right)
        return (left != NULL) - (right != NULL);
    order = compare_text(left->function, right->function);
    if (!order)
        order = compare_text(left->file, right->file);
    if (!order)
        order = left->file ? COMPARE(left->line, right->line)
                           : compare_text(left->module, right->module);
    if (!order && !left->file && !left->function)
        order = COMPARE(left->offset, right->offset);
    return order;
}

int places_compare_sites(const struct site *one, const struct site *other)
{
    if (!one || !other)
        return (one != NULL) - (other != NULL);
    return compare_frames(label_frame(&one->stack), label_frame(&other->stack));
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return places_compare_sites(a->site, b->site);
}

static void merge(struct places *places)
{
    size_t kept = 0;

    for (size_t i = 1; i < places->count; i++) {
        struct place *place = &places->places[kept], *next = &places->places[i];

        if (compare_places(place, next) != 0) {
            places->places[++kept] = *next;
            continue;
        }
        figures_add(&place->figures, &next->figures);
        place->leaked.blocks += next->leaked.blocks;
        place->leaked.bytes += next->leaked.bytes;
    }
    places->count = places->count ? kept + 1 : 0;
}

bool places_collect(struct places *places, const struct process *process)
{
    places->count = process->site_count;
    places->places = calloc(places->count + 1, sizeof(*places->places));
    if (!places->places)
        return false;
    for (size_t i = 0; i < places->count; i++) {
        const struct site *site = &process->sites[i];

        places->places[i] = (struct place){.site = site, .figures = site->figures};
    }
    qsort(places->places, places->count, sizeof(*places->places), compare_places);
    merge(places);
    return true;
}

bool places_collect_thread(struct places *places, const struct thread *thread)
{
    places->count = thread->site_count;
    places->places = calloc(places->count + 1, sizeof(*places->places));
    if (!places->places)
        return false;
    for (size_t i = 0; i < places->count; i++)
        places->places[i] = (struct place){
            .site = thread->sites[i].site,
            .figures = {.allocations = thread->sites[i].allocations,
                        .allocated_bytes = thread->sites[i].allocated_bytes},
        };
    qsort(places->places, places->count, sizeof(*places->places), compare_places);
    merge(places);
    return true;
}

static int by_leaked(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return COMPARE(b->leaked.bytes, a->leaked.bytes);
}

bool places_collect_leaks(struct places *places, const struct leaks *leaks, enum leak_class class)
{
    *places = (struct places){.places = calloc(leaks->site_count + 1, sizeof(*places->places))};
    if (!places->places)
        return false;
    for (size_t i = 0; i < leaks->site_count; i++)
        if (leaks->sites[i].class == class)
            places->places[places->count++] =
                (struct place){.site = leaks->sites[i].site, .leaked = leaks->sites[i].amount};
    qsort(places->places, places->count, sizeof(*places->places), compare_places);
    merge(places);
    qsort(places->places, places->count, sizeof(*places->places), by_leaked);
    return true;
}

void places_release(struct places *places)
{
    free(places->places);
    *places = (struct places){0};
}

static int by_peak(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return COMPARE(b->figures.peak_bytes, a->figures.peak_bytes);
}

static int by_allocations(const void *left, const void *right)
{
    const struct place *a = left, *b = right;

    return a->figures.allocations == b->figures.allocations
               ? COMPARE(b->figures.allocated_bytes, a->figures.allocated_bytes)
               : COMPARE(b->figures.allocations, a->figures.allocations);
}

void places_sort_by_peak(struct places *places)
{
    qsort(places->places, places->count, sizeof(*places->places), by_peak);
}

void places_sort_by_allocations(struct places *places)
{
    qsort(places->places, places->count, sizeof(*places->places), by_allocations);
}
