/* SPDX-License-Identifier: MIT */
#include "report/record/session_run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/base/complain.h"
#include "report/base/exit_status.h"
#include "report/record/finish_recording.h"
#include "report/record/launch.h"
#include "report/record/recordable.h"
#include "report/record/recording_options.h"
#include "report/record/session_folder.h"
#include "report/record/stragglers.h"
#include "report/timeline/timeline_sampler.h"

/* False: the user must decide first. Whatever else goes wrong, the program still runs, unrecorded.
 */
static bool prepare(struct session_run *run, struct session_folder *folder, bool with_preload)
{
    const char *outer = getenv("LEAKGRAPH_OUT");
    bool join = !run->alone && !run->wanted_path && outer && *outer;
    const char *path = join ? outer : run->wanted_path ? run->wanted_path : DEFAULT_SESSION;
    struct error error = {0};
    char *shim = NULL;
    enum session_folder_state state = run->alone ? session_folder_open_alone(folder, path, &error)
                                                 : session_folder_open(folder, path, join, &error);

    if (state == SESSION_FOLDER_READY && (shim = launch_find_shim(&error)) &&
        (!with_preload || launch_environment(shim, folder->path, &error)) &&
        recording_options_to_environment(&error))
        run->session_path = strdup(folder->path);
    free(shim);
    if (state == SESSION_FOLDER_REFUSED)
        complain("%s", error.message);
    else if (!run->session_path)
        complain("not recording: %s", error.message);
    return state != SESSION_FOLDER_REFUSED;
}

static int exit_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? EXIT_BY_SIGNAL + WTERMSIG(wait_status)
                                    : WEXITSTATUS(wait_status);
}

static int could_not_start(const char *program, int reason)
{
    complain("%s: %s", program, strerror(reason));
    return reason == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* A run without a recording must not look like a run without leaks. */
static void tell_outcome(const struct session_run *run, const struct finished *finished,
                         const char *program, const char *why_not)
{
    if (finished->unseen == RECORDING_UNSEEN_OWN_MALLOC)
        complain("%s was not recorded: it has a malloc of its own", program);
    else if (finished->unseen == RECORDING_UNSEEN_NO_ROOM)
        complain("%s was not recorded: %s", program, recordable_no_room);
    else if (!finished->has_program && finished->was_another)
        complain("the program that %s became was not recorded; `leakgraph gate` says why", program);
    else if (!finished->has_program)
        complain("%s was not recorded: %s", program,
                 why_not ? why_not
                         : "it left no recording (does it clear LD_PRELOAD or LEAKGRAPH_OUT?)");
    if (finished->processes && (run->verbose || isatty(STDERR_FILENO)))
        complain("%u process%s recorded in %s", finished->processes,
                 finished->processes == 1 ? "" : "es", run->session_path);
}

int session_run(struct session_run *run, char **argv)
{
    struct session_folder folder = {.lock = -1};
    struct launched launched;
    struct timeline_sampler *sampler = NULL;
    struct finished finished;
    struct error error = {0};
    const char *why_not = recordable_why_not(argv[0]);
    int status, launch_errno = recordable_start_error(argv[0]);

    if (launch_errno) /* before an earlier session is moved away for it */
        return could_not_start(argv[0], launch_errno);
    if (!prepare(run, &folder, recordable_bears_preload(why_not)))
        return EXIT_WRONG_USE;
    if (run->session_path && run->timeline_ns)
        sampler = timeline_sampler_start(run->session_path, run->timeline_ns);
    run->started = launch_run(&launched, argv);
    launch_errno = errno;
    if (run->started &&
        (run->alone || run->verbose || isatty(STDERR_FILENO))) /* there will be messages */
        complain_on_own_line();
    if (!timeline_sampler_stop(sampler, &error))
        complain("the timeline is not complete: %s", error.message);
    if (!run->started) {
        status = could_not_start(argv[0], launch_errno);
        goto done;
    }
    status = exit_status(launched.wait_status);
    if (!run->session_path)
        goto done;
    if (run->wait_ns)
        stragglers_wait(run->session_path, run->wait_ns);
    finish_recordings(run->session_path, launched.pid, launched.wait_status, &finished);
    run->recorded = finished.has_program && !finished.unseen;
    tell_outcome(run, &finished, argv[0], why_not);
done:
    session_folder_close(&folder);
    return status;
}

void session_run_release(struct session_run *run)
{
    free(run->session_path);
    run->session_path = NULL;
}
