/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_H
#define LEAKGRAPH_H

/*
 * For programs that want to say when their memory is worth a look:
 *
 *     #include <leakgraph.h>
 *     ...
 *     leakgraph_snapshot("map loaded");
 *
 * Under `leakgraph record` this takes a snapshot of the object graph with that label (NULL: none)
 * and returns its number, from 1, or 0 when it was refused; the program stands still only while its
 * page tables are copied (and, when the graph before is still being written, until that is done),
 * the graph is written beside it. Without the recorder it does nothing and returns 0: the function
 * is a weak symbol, there is nothing to link.
 */

#ifdef __cplusplus
extern "C" {
#endif

__attribute__((weak)) int leakgraph_snapshot(const char *label);

#ifdef __cplusplus
}
#endif

static inline int leakgraph_snapshot_if_recorded(const char *label)
{
    return leakgraph_snapshot ? leakgraph_snapshot(label) : 0;
}

#ifndef LEAKGRAPH_DEFINES_SNAPSHOT
#define leakgraph_snapshot(label) leakgraph_snapshot_if_recorded(label)
#endif

#endif
