/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_END_H
#define LEAKGRAPH_PYTHON_END_H

/* Told at calls of libc that Python makes when it is about to end: takes a snapshot then, once. */
void python_end_note(void);

#endif
