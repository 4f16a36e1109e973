/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_JSON_H
#define LEAKGRAPH_JSON_H

/*
 * All findings as JSON, described by report.schema.json. Users rely on the names and meanings of
 * keys: keys may be added, but never changed.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

/* False: out of memory. Write errors stay with the file. */
bool json_write(const struct session *session, FILE *file, struct error *error);

#endif
