/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GATE_EXPORT_H
#define LEAKGRAPH_GATE_EXPORT_H

/* The verdict of `gate` without options, in the formats that `export` writes. */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

bool gate_export_junit(const struct session *session, FILE *file, struct error *error);
bool gate_export_sarif(const struct session *session, FILE *file, struct error *error);
bool gate_export_markdown(const struct session *session, FILE *file, struct error *error);

#endif
