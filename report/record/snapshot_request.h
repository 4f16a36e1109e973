/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_REQUEST_H
#define LEAKGRAPH_SNAPSHOT_REQUEST_H

/*
 * Asks a running process for a snapshot and waits for it: the other side of struct
 * recording_request. Sends the signal only to a process with our handler for it and a thread that
 * takes it.
 *
 *     struct recording_snapshot record;
 *     if (!snapshot_request(&running, "before lunch", timeout_ns, &record, &error)) ...
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/error.h"
#include "report/record/running_recording.h"

struct requested_snapshot {
    uint64_t number;
    struct recording_snapshot record;
};

/*
 * `timeout_ns` limits the wait for an answer; writing the graph may take longer. False, with the
 * reason, when there is no complete snapshot in the end.
 */
bool snapshot_request(const struct running_recording *running, const char *label,
                      uint64_t timeout_ns, struct requested_snapshot *snapshot,
                      struct error *error);

#endif
