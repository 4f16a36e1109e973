/* SPDX-License-Identifier: MIT */
#include "report/flame/flame_window.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/recording/timeline.h"
#include "report/base/format.h"

static bool is_inside(const struct flame_window *window, const struct timeline_interval *interval)
{
    uint64_t middle_ns = interval->start_ns + (interval->end_ns - interval->start_ns) / 2;

    return middle_ns >= window->from_ns && middle_ns < window->to_ns;
}

static void clear_site(struct site *site)
{
    *site = (struct site){.stack = site->stack};
    site->fingerprint[0] = 0;
}

static void add_gain(struct site *site, const struct timeline_gain *gain)
{
    site->figures.allocations += gain->allocations;
    site->figures.allocated_bytes += gain->allocated_bytes;
    site->figures.frees += gain->frees;
    site->figures.freed_bytes += gain->freed_bytes;
}

/* Whether an interval lies in the window. */
static bool add_intervals(struct flame_window *window, struct site *sites,
                          const struct process *process, uint64_t *start_ns, uint64_t *end_ns)
{
    const struct timeline *timeline = process->timeline;
    bool found = false;

    for (size_t i = 0; timeline && i < timeline->interval_count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];

        if (!is_inside(window, interval))
            continue;
        if (*start_ns > interval->start_ns)
            *start_ns = interval->start_ns;
        if (*end_ns < interval->end_ns)
            *end_ns = interval->end_ns;
        found = true;
        for (size_t k = 0; k < interval->gain_count; k++)
            add_gain(&sites[interval->gains[k].site - process->sites], &interval->gains[k]);
    }
    return found;
}

/* When the timelines begin and end. */
static void whole_span(const struct session *session, uint64_t *start_ns, uint64_t *end_ns)
{
    *start_ns = UINT64_MAX;
    *end_ns = 0;
    for (size_t i = 0; i < session->process_count; i++) {
        const struct timeline *timeline = session->processes[i].timeline;

        if (!timeline || !timeline->interval_count)
            continue;
        if (*start_ns > timeline->intervals[0].start_ns)
            *start_ns = timeline->intervals[0].start_ns;
        if (*end_ns < timeline->intervals[timeline->interval_count - 1].end_ns)
            *end_ns = timeline->intervals[timeline->interval_count - 1].end_ns;
    }
}

static bool not_found(const struct flame_window *window, const struct session *session,
                      struct error *error)
{
    uint64_t start_ns, end_ns;

    whole_span(session, &start_ns, &end_ns);
    if (!end_ns)
        return error_set(error,
                         "%s: no timeline of its sites (`record` makes one for runs of several of "
                         "its --timeline-every)",
                         session->path);
    return error_set(error,
                     "%s: nothing between %s and %s: its timeline is from %s to %s, in steps that "
                     "count where their middle is",
                     session->path, format_short_time(window->from_ns).text,
                     format_short_time(window->to_ns).text, format_short_time(start_ns).text,
                     format_short_time(end_ns).text);
}

static struct site *cut_sites(struct flame_window *window, const struct process *process,
                              uint64_t *start_ns, uint64_t *end_ns, bool *found)
{
    struct site *sites = calloc(process->site_count + 1, sizeof(*sites));

    if (!sites)
        return NULL;
    if (process->site_count)
        memcpy(sites, process->sites, process->site_count * sizeof(*sites));
    for (size_t i = 0; i < process->site_count; i++)
        clear_site(&sites[i]);
    *found |= add_intervals(window, sites, process, start_ns, end_ns);
    for (size_t i = 0; i < process->site_count; i++)
        if (sites[i].figures.allocated_bytes > sites[i].figures.freed_bytes)
            sites[i].figures.peak_bytes = sites[i].figures.live_bytes =
                sites[i].figures.allocated_bytes - sites[i].figures.freed_bytes;
    return sites;
}

bool flame_window_cut(struct flame_window *window, const struct session *session,
                      struct error *error)
{
    uint64_t start_ns = UINT64_MAX, end_ns = 0;
    bool found = false, done = true;

    window->session = *session;
    window->session.processes = calloc(session->process_count + 1, sizeof(struct process));
    window->session.process_count = 0;
    for (size_t i = 0; done && i < session->process_count; i++) {
        struct process *process = &window->session.processes[i];

        done = window->session.processes != NULL;
        if (!done)
            break;
        *process = session->processes[i];
        process->sites = cut_sites(window, &session->processes[i], &start_ns, &end_ns, &found);
        done = process->sites != NULL;
        window->session.process_count += done;
    }
    if (done && found) {
        window->from_ns = start_ns;
        window->to_ns = end_ns;
        return true;
    }
    flame_window_release(window);
    if (!done)
        return error_set(error, "out of memory");
    return not_found(window, session, error);
}

void flame_window_release(struct flame_window *window)
{
    for (size_t i = 0; i < window->session.process_count; i++)
        free((struct site *)window->session.processes[i].sites);
    free(window->session.processes);
    window->session = (struct session){0};
}
