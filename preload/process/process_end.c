/* SPDX-License-Identifier: MIT */
#include "preload/process/process_end.h"

#include <stdlib.h>

#include "preload/base/clock.h"
#include "preload/blocks/counters.h"
#include "preload/blocks/freed_blocks.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/threads.h"
#include "preload/snapshot/snapshot.h"

void process_ends(enum recording_ended ended, int status, void *signal_context)
{
    static const enum recording_snapshot_reason reasons[] = {
        [RECORDING_EXIT] = RECORDING_AT_EXIT,
        [RECORDING_SIGNAL] = RECORDING_AT_SIGNAL,
        [RECORDING_EXEC] = RECORDING_AT_EXEC,
    };
    struct thread *thread = threads_self();
    if (thread)
        counters_settle(thread);
    snapshot_take_last(reasons[ended], signal_context);
    recording_header->status = status;
    recording_header->ended_ns = clock_ns();
    __atomic_store_n(&recording_header->ended, (uint32_t)ended, __ATOMIC_RELEASE);
    if (recording_header->inherited_blocks && threads_count() == 1)
        recording_give_back_zeros();
}

void process_goes_on(void)
{
    recording_header->ended = RECORDING_RUNNING;
    recording_header->status = 0;
    recording_header->unchecked = RECORDING_NO_SNAPSHOT;
    freed_blocks_start(0);
    snapshot_was_not_last();
}

static int exit_status;

void process_note_exit_status(int status)
{
    exit_status = status;
}

static void note_exit_status(int status, void *unused)
{
    (void)unused;
    exit_status = status & 0xff;
}

void process_main_begins(void)
{
    on_exit(note_exit_status, NULL);
}

int process_exit_status(void)
{
    return exit_status;
}
