/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROGRESS_H
#define LEAKGRAPH_PROGRESS_H

/*
 * Tells on a terminal what takes longer than a second: "reading leakgraph.data ...". Silent
 * elsewhere.
 *
 *     progress_start("reading", path);
 *     ... work ...
 *     progress_stop();
 */

void progress_start(const char *doing, const char *what);
void progress_stop(void);

#endif
