/* SPDX-License-Identifier: MIT */
/* leakgraph record: runs a program with the recorder preloaded. */
#include "report/cli/command.h"
#include "report/record/session_folder.h"
#include "report/record/session_run.h"

static const char *session_path;
static bool verbose;
static uint64_t timeline_ns = SESSION_RUN_TIMELINE_NS;

const struct option_row record_options[] = {
    {'o', "output", "SESSION", "record into this folder (default " DEFAULT_SESSION ")", option_text,
     &session_path},
    {'v', "verbose", NULL, "at the end, say how many processes were recorded, and where",
     option_flag, &verbose},
    {0, "timeline-every", "TIME",
     "sample heap and resident memory this often (default 100ms; 0: never)", option_time,
     &timeline_ns},
    {0},
};

int command_record(int count, char **operands)
{
    struct session_run run = {
        .wanted_path = session_path, .verbose = verbose, .timeline_ns = timeline_ns};
    int status = session_run(&run, operands);

    (void)count;
    session_run_release(&run);
    return status;
}
