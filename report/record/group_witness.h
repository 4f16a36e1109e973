/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GROUP_WITNESS_H
#define LEAKGRAPH_GROUP_WITNESS_H

/*
 * Tells whether a signal was sent to our whole process group or to us alone, which the kernel does
 * not say: a small process in the same group blocks all signals, and looks when it is asked whether
 * one waits for it. A supervisor such as roslaunch signals the group, and then forwarding would
 * deliver the signal twice.
 */

#include <stdbool.h>
#include <sys/types.h>

struct group_witness {
    pid_t pid;   /* -1: could not be started, then nothing was seen */
    int channel; /* a question is the number of a signal, the answer 0 or 1 */
};

void group_witness_start(struct group_witness *witness);

/* Waits a moment: the members of a group get their signals one after the other. */
bool group_witness_saw(struct group_witness *witness, int signal_number);

void group_witness_stop(struct group_witness *witness);

#endif
