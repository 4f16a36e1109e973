/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EXIT_STATUS_H
#define LEAKGRAPH_EXIT_STATUS_H

/* Exit statuses, the same in every command. Only `gate` and `check` return EXIT_OVER_BUDGET. */
enum {
    EXIT_FINE = 0,
    EXIT_OVER_BUDGET = 1,
    EXIT_WRONG_USE = 2,  /* wrong options, or the output could not be written */
    EXIT_NO_VERDICT = 3, /* no recording, or none that can be read or judged */
    EXIT_NOT_EXECUTABLE = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_BY_SIGNAL = 128, /* + signal number */
};

#endif
