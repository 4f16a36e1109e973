/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/urgency.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

static int policy_before, priority_before;
static bool is_raised;

static bool is_real_time(int policy)
{
    policy &= ~SCHED_RESET_ON_FORK;
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

int urgency_of(int32_t tid)
{
    struct sched_param parameters;
    if (!is_real_time(sched_getscheduler(tid)) || sched_getparam(tid, &parameters) != 0)
        return 0;
    return parameters.sched_priority;
}

/* The kernel's call itself: ours of that name would note it as the program's wish. */
static bool set(int policy, int priority)
{
    struct sched_param parameters = {.sched_priority = priority};
    return syscall(SYS_sched_setscheduler, 0, policy, &parameters) == 0;
}

void urgency_begin(int priority)
{
    policy_before = sched_getscheduler(0);
    priority_before = urgency_of(0);
    is_raised = policy_before >= 0 && priority > priority_before &&
                set(SCHED_FIFO | (policy_before & SCHED_RESET_ON_FORK), priority);
}

void urgency_end(void)
{
    if (is_raised)
        set(policy_before, priority_before);
    is_raised = false;
}
