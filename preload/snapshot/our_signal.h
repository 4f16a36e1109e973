/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OUR_SIGNAL_H
#define LEAKGRAPH_OUR_SIGNAL_H

/*
 * The one real-time signal that the shim uses: to stop threads for a snapshot, and for another
 * process to ask for one (recording.h, struct recording_request). A signal that the program leaves
 * at its default is taken; to the program it still looks like that. When the program wants it, it
 * gets it, and another one is taken. With none left, threads are not stopped and requests are
 * served by allocations.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/* Called in the handler: a thread is asked to stand still, with the value that was sent; another
   process asks for a snapshot. */
struct our_signal_callbacks {
    void (*stop)(int value, ucontext_t *context);
    void (*request)(const ucontext_t *context);
};
/* Once, in the constructor. */
void our_signal_start(const struct our_signal_callbacks *callbacks);
void our_signal_restart_after_fork(void);
/* 0: none. */
int our_signal_number(void);

/* The program asks for a signal that may be ours: the hooks of sigaction and its relatives tell. */
bool our_signal_is(const struct sigaction *action);
void our_signal_give_up(int number);

bool our_signal_send(int32_t tid, int value);
bool our_signal_is_blocked_by(int32_t tid);

#endif
