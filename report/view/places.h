/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PLACES_H
#define LEAKGRAPH_PLACES_H

/*
 * The sites of a process summed up by the frame that labels them: two call paths to one line of the
 * user's code are one place.
 *
 *     struct places places;
 *     if (places_collect(&places, process)) ... places.places[i] ...
 *     places_release(&places);
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/model.h"

struct place {
    const struct site *site; /* one of them, for its label */
    struct figures figures;
    struct amount leaked; /* of places_collect_leaks() */
};

struct places {
    struct place *places;
    size_t count;
};

/* Orders sites by their place; 0 for the same place. */
int places_compare_sites(const struct site *one, const struct site *other);

bool places_collect(struct places *places, const struct process *process);

/* What one thread allocated. Only allocations and their bytes are known. */
bool places_collect_thread(struct places *places, const struct thread *thread);

/* The leaks of one class, biggest first. */
bool places_collect_leaks(struct places *places, const struct leaks *leaks, enum leak_class class);
void places_release(struct places *places);

/* Biggest first. */
void places_sort_by_peak(struct places *places);
void places_sort_by_allocations(struct places *places);

#endif
