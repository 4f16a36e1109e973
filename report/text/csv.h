/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CSV_H
#define LEAKGRAPH_CSV_H

/*
 * Tables for spreadsheets and data frames: comma-separated, one line of names first, fields quoted
 * where RFC 4180 wants it. All rows of all processes, so that every column adds up to its total.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

/* Where memory was allocated, by source line. */
bool csv_write_places(const struct session *session, FILE *file, struct error *error);
/* Types of blocks; a session with object graphs. */
bool csv_write_types(const struct session *session, FILE *file, struct error *error);

#endif
