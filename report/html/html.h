/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HTML_H
#define LEAKGRAPH_HTML_H

/*
 * A session as one self-contained page: verdict, cycles (drawn if Graphviz is installed, otherwise
 * in words), leaks, errors, flame graphs, hot lines with their source, heap over time.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

bool html_write(const struct session *session, FILE *file, struct error *error);

#endif
