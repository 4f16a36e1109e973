/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROC_STAT_H
#define LEAKGRAPH_PROC_STAT_H

/* What /proc/PID tells about a process (proc(5)). Pids are those of our own namespace. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_stat {
    pid_t parent;
    bool ended;           /* a zombie: nobody has waited for it yet */
    uint64_t start_ticks; /* since boot, in clock ticks: tells processes of one pid apart */
};

/* False when there is no such process. */
bool proc_stat_read(pid_t pid, struct proc_stat *stat);

/* 0 when there is no such process, or only its zombie. */
uint64_t proc_stat_start_ticks(pid_t pid);

/* The pid that the process sees itself, in the innermost of its namespaces; `pid` if /proc does not
 * tell. */
pid_t proc_stat_own_pid(pid_t pid);

#endif
