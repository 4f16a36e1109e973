/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GATE_EXPORT_H
#define LEAKGRAPH_GATE_EXPORT_H

/* The forms of a verdict for `export`: what `gate` without options says of the session. */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

bool gate_export_junit(const struct session *session, FILE *file, struct error *error);
bool gate_export_sarif(const struct session *session, FILE *file, struct error *error);
bool gate_export_markdown(const struct session *session, FILE *file, struct error *error);

#endif
