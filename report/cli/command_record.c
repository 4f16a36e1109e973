/* SPDX-License-Identifier: MIT */
/* leakgraph record: runs a program with the recorder preloaded. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/cli/command.h"
#include "report/record/session_folder.h"
#include "report/record/session_run.h"
#include "report/view/verdict.h"

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

/* As the user would type it. */
static const char *short_path(const char *path)
{
    static char directory[4096];
    size_t length = getcwd(directory, sizeof(directory)) ? strlen(directory) : 0;

    return length && strncmp(path, directory, length) == 0 && path[length] == '/'
               ? path + length + 1
               : path;
}

/* Signals are for us again: whoever does not want to wait for the verdict can leave. */
static void take_signals_back(void)
{
    sigset_t all;

    sigfillset(&all);
    sigdelset(&all, SIGPIPE);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

/* "leakgraph.data: 1 leak and 20 cycles: ...; next: leakgraph report" */
static void tell_verdict(const char *session)
{
    const char *path = short_path(session);
    bool is_default = strcmp(path, DEFAULT_SESSION) == 0;
    char line[VERDICT_BYTES], *operand = (char *)(uintptr_t)session;
    struct session *loaded;

    take_signals_back();
    loaded = command_load_session(1, &operand, (struct session_options){.summary = true});
    if (!loaded)
        return;
    struct verdict verdict = verdict_of_session(loaded);
    verdict_line(loaded, &verdict, line);
    complain("%s: %s; next: leakgraph report%s%s", path, line, is_default ? "" : " ",
             is_default ? "" : path);
    session_free(loaded);
}

int command_record(int count, char **operands)
{
    bool is_inner = !session_path && getenv("LEAKGRAPH_OUT");
    struct session_run run = {
        .wanted_path = session_path, .verbose = verbose, .timeline_ns = timeline_ns};
    int status = session_run(&run, operands);

    (void)count;
    if (run.recorded && !is_inner && (verbose || isatty(STDERR_FILENO)))
        tell_verdict(run.session_path);
    session_run_release(&run);
    return status;
}
