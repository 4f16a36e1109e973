/* SPDX-License-Identifier: MIT */
#include "report/view/shown_sites.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"

/* Frames kept for a site that had a part in the peak or still has blocks, and for any other. */
enum { KEPT_FRAMES = 4, LEAST_FRAMES = 1 };
/* Users of a Python program look for its lines. */
enum { PYTHON_WITHIN_FRAMES = 8 };

/* --- which frames --- */

static bool counts_at_peak(const struct site *site)
{
    return site->figures.peak_bytes || site->figures.live_blocks || site->figures.leaked_blocks;
}

/* At least up to the innermost line of Python. */
static size_t frames_kept(const struct site *site)
{
    size_t kept = counts_at_peak(site) ? KEPT_FRAMES : LEAST_FRAMES;

    for (size_t i = 0; i < PYTHON_WITHIN_FRAMES && i < site->stack.frame_count; i++)
        if (site->stack.frames[i].language == FRAME_PYTHON)
            return i < kept ? kept : i + 1;
    return kept;
}

/* --- which are one --- */

/* The model stores most names once, so that comparing addresses is usually enough. */
static uint64_t hash_frames(const void *owner, uint32_t i)
{
    const struct stack *stack = &((const struct shown_sites *)owner)->all[i].stack;
    uint64_t hash = 0;

    for (size_t frame = 0; frame < stack->frame_count; frame++) {
        const struct frame *of = &stack->frames[frame];

        hash = hash_mix(hash, (uintptr_t)of->function);
        hash = hash_mix(hash, (uintptr_t)of->module);
        hash = hash_mix(hash, of->line ? of->line : of->offset);
    }
    return hash;
}

static bool same_frame(const struct frame *one, const struct frame *other)
{
    return one->function == other->function && one->file == other->file &&
           one->line == other->line && one->module == other->module &&
           (one->line || one->offset == other->offset) && one->language == other->language &&
           one->inlined == other->inlined;
}

static bool same_frames(const void *owner, uint32_t a, uint32_t b)
{
    const struct shown_sites *shown = owner;
    const struct stack *one = &shown->all[a].stack, *other = &shown->all[b].stack;

    if (one->frame_count != other->frame_count)
        return false;
    for (size_t i = 0; i < one->frame_count; i++)
        if (!same_frame(&one->frames[i], &other->frames[i]))
            return false;
    return true;
}

/* --- sums --- */

static bool is_shorter(const struct lifetime *one, const struct lifetime *other)
{
    return one->under_ns && (!other->under_ns || one->under_ns < other->under_ns);
}

/* Both inputs are sorted by site, and so is the result. */
static size_t merge_lifetimes(struct lifetime *out, const struct site *one,
                              const struct site *other)
{
    size_t i = 0, k = 0, count = 0;

    while (i < one->lifetime_count || k < other->lifetime_count) {
        const struct lifetime *left = i < one->lifetime_count ? &one->lifetimes[i] : NULL;
        const struct lifetime *right = k < other->lifetime_count ? &other->lifetimes[k] : NULL;
        bool is_left = left && (!right || !is_shorter(right, left));
        bool is_right = right && (!left || !is_shorter(left, right));

        out[count].under_ns = is_left ? left->under_ns : right->under_ns;
        out[count++].frees = (is_left ? left->frees : 0) + (is_right ? right->frees : 0);
        i += is_left;
        k += is_right;
    }
    return count;
}

static bool add_lifetimes(struct shown_sites *shown, uint32_t to, const struct site *from)
{
    struct site *site = &shown->all[to];
    struct lifetime *both = calloc(site->lifetime_count + from->lifetime_count + 1, sizeof(*both));

    if (!both)
        return false;
    site->lifetime_count = merge_lifetimes(both, site, from);
    site->lifetimes = both;
    free(shown->lifetimes[to]);
    shown->lifetimes[to] = both;
    return true;
}

static bool add_site(struct shown_sites *shown, uint32_t to, const struct site *from)
{
    struct site *site = &shown->all[to];

    figures_add(&site->figures, &from->figures);
    return from->lifetime_count == 0 || add_lifetimes(shown, to, from);
}

/* --- all of them --- */

static bool add_cut(struct shown_sites *shown, const struct site *site)
{
    struct site *candidate = &shown->all[shown->count];
    uint32_t found;

    *candidate = *site;
    if (candidate->stack.frame_count > frames_kept(site)) {
        candidate->stack.frame_count = frames_kept(site);
        candidate->stack.cut = true;
    }
    found = intern_find(&shown->cut, shown, (uint32_t)shown->count, hash_frames, same_frames);
    if (found == INTERN_FAILED)
        return false;
    if (found == shown->count) {
        shown->count++;
        return true;
    }
    return add_site(shown, found, site);
}

bool shown_sites_init(struct shown_sites *shown, const struct process *process, size_t *frames_left)
{
    bool done;

    *shown = (struct shown_sites){
        .all = calloc(process->site_count + 1, sizeof(*shown->all)),
        .lifetimes = calloc(process->site_count + 1, sizeof(*shown->lifetimes)),
    };
    done = shown->all && shown->lifetimes;
    for (size_t i = 0; done && i < process->site_count; i++) {
        const struct site *site = &process->sites[i];
        size_t frames = site->stack.frame_count;

        if (frames <= *frames_left) {
            shown->all[shown->count++] = *site;
            *frames_left -= frames;
        } else {
            *frames_left = 0;
            done = add_cut(shown, site);
        }
    }
    return done;
}

void shown_sites_release(struct shown_sites *shown)
{
    for (size_t i = 0; shown->lifetimes && i < shown->count; i++)
        free(shown->lifetimes[i]);
    free(shown->lifetimes);
    free(shown->all);
    intern_release(&shown->cut);
}
