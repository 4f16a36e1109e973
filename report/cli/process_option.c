/* SPDX-License-Identifier: MIT */
#include "report/cli/process_option.h"

#include <inttypes.h>
#include <string.h>

#include "report/view/labels.h"

static const char *name; /* NULL: none is to be looked up */
static uint64_t *pid;

bool option_one_process(const struct option_row *row, const char *argument, struct error *error)
{
    name = NULL;
    if (*argument && strspn(argument, "0123456789") == strlen(argument))
        return option_count(row, argument, error);
    name = argument;
    pid = row->value;
    *pid = 0;
    return *name || error_set(error, "--pid: an empty name");
}

bool process_option_wants(const struct process *process)
{
    return !name || label_is_called(process, name);
}

/* An image that exec replaced has the pid of the next one. */
bool process_option_settle(const struct session *session, struct error *error)
{
    if (!name)
        return true;
    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (!process_option_wants(process) || *pid == (uint64_t)process->pid)
            continue;
        if (*pid)
            return error_set(error,
                             "%s: more than one process is called '%s': pid %" PRIu64 " and %d",
                             session->path, name, *pid, process->pid);
        *pid = (uint64_t)process->pid;
    }
    return *pid || error_set(error, "%s: no process is called '%s'", session->path, name);
}
