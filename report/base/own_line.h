/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OWN_LINE_H
#define LEAKGRAPH_OWN_LINE_H

/*
 * Our words after a program's on standard error: when its standard output goes to the same place
 * and may have ended within a line, they begin on a new one. A file tells; on a terminal or in a
 * pipe it is not known, and an empty line comes first, as bash's `time` does.
 */

void own_line_begin(void);

#endif
