/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GRAPH_JSON_H
#define LEAKGRAPH_GRAPH_JSON_H

/* What `leakgraph graph` draws, as nodes and edges for other programs. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

/* The object graph of each process that has one; otherwise its leaked cycles. pid 0: all processes.
 */
bool graph_json_write(const struct session *session, uint64_t pid, FILE *file, struct error *error);

#endif
