/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FLAME_WINDOW_H
#define LEAKGRAPH_FLAME_WINDOW_H

/*
 * Part of a run: its sites with what they did between two moments, by the timeline. In the
 * resulting session, the peak bytes of a site are what it gained in the window and did not give
 * back; its allocations are those of the window; leaked and temporary ones are unknown.
 *
 *     struct flame_window window = {.from_ns = 10 * s, .to_ns = 60 * s};
 *     if (!flame_window_cut(&window, session, &error)) ...
 *     ... window.session: borrows from `session` ...
 *     flame_window_release(&window);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/model.h"

struct flame_window {
    uint64_t from_ns, to_ns; /* moved to the nearest interval limits of the timeline */
    struct session session;
};

/*
 * False: no process has a timeline that reaches into the window, or out of memory; there is nothing
 * to release then.
 */
bool flame_window_cut(struct flame_window *window, const struct session *session,
                      struct error *error);
void flame_window_release(struct flame_window *window);

#endif
