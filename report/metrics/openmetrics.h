/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OPENMETRICS_H
#define LEAKGRAPH_OPENMETRICS_H

/*
 * The session's figures for Prometheus and all that read OpenMetrics 1.0 (Grafana, node_exporter's
 * textfile collector). Every recording is told apart by the labels `process`, `pid` and
 * `recording`; the lines with the most live bytes are given by name, and the rest as one "others",
 * so that they add up to the heap and a process never has more than about sixty series.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

bool openmetrics_write(const struct session *session, FILE *file, struct error *error);

#endif
