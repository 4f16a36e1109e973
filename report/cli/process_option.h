/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_OPTION_H
#define LEAKGRAPH_PROCESS_OPTION_H

/*
 * `-p PROCESS`: a pid, or the name of a program or ROS node. A name is known only when the session
 * is: until process_option_settle() the pid is 0.
 */

#include "analyzer/model.h"
#include "report/base/options.h"

#define PROCESS_OPTION_ROW(more, pid)                                                              \
    {                                                                                              \
        'p', "pid", "PROCESS", "only this process: a pid, a program's or a ROS node's name" more,  \
            option_one_process, pid                                                                \
    }

option_parser option_one_process; /* uint64_t */

bool process_option_wants(const struct process *process);
/* False, with an error, when not exactly one process has the name. */
bool process_option_settle(const struct session *session, struct error *error);

#endif
