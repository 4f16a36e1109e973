/* SPDX-License-Identifier: MIT */
/* leakgraph.h: the program itself asks for a snapshot. */
#define LEAKGRAPH_DEFINES_SNAPSHOT
#include "preload/leakgraph.h"

#include <errno.h>

#include "preload/process/process.h"
#include "preload/recording/next.h"
#include "preload/snapshot/snapshot_requests.h"

HOOK int leakgraph_snapshot(const char *label)
{
    int saved_errno = errno;
    struct snapshot_result result = {0};
    if (process_begin() && process_is_itself())
        result = snapshot_requests_take(&(struct snapshot_wish){RECORDING_AT_CALL, label, NULL});
    errno = saved_errno;
    return result.failure ? 0 : (int)result.number;
}
