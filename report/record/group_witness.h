/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GROUP_WITNESS_H
#define LEAKGRAPH_GROUP_WITNESS_H

/*
 * Tells whether a signal was sent to our whole process group or to us alone, which the kernel does
 * not say. A small process in the group blocks all signals and, when asked, looks whether one is
 * pending. A supervisor such as roslaunch signals the group; forwarding would then deliver the
 * signal twice.
 */

#include <stdbool.h>
#include <sys/types.h>

struct group_witness {
    pid_t pid;   /* -1: not started; it then sees nothing */
    int channel; /* the question is a signal number, the answer 0 or 1 */
};

void group_witness_start(struct group_witness *witness);

/* Waits a moment first: the members of a group get their signals one after another. */
bool group_witness_saw(struct group_witness *witness, int signal_number);

void group_witness_stop(struct group_witness *witness);

#endif
