/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FLAME_WINDOW_H
#define LEAKGRAPH_FLAME_WINDOW_H

/*
 * A part of a run: its sites with what they did between two moments, by the timeline. Of such a
 * session the peak bytes of a site are what it gained and did not give back within the window; its
 * allocations are those of the window; leaked and temporary ones are not known.
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
    uint64_t from_ns, to_ns; /* moved to where intervals of the timeline start and end */
    struct session session;
};

/* False: no process has a timeline that reaches into the window, or out of memory; nothing is to be
 * released then. */
bool flame_window_cut(struct flame_window *window, const struct session *session,
                      struct error *error);
void flame_window_release(struct flame_window *window);

#endif
