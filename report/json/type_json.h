/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_JSON_H
#define LEAKGRAPH_TYPE_JSON_H

/* The types of a session's object graphs, and the growth between two, as JSON: all of them. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

bool type_json_write(const struct session *session, FILE *file, struct error *error);

/* pid: of the new session; 0: all. */
bool type_json_write_growth(const struct session *old, const struct session *new, uint64_t pid,
                            FILE *file, struct error *error);

#endif
