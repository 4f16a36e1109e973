/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_JSON_DOCUMENT_H
#define LEAKGRAPH_JSON_DOCUMENT_H

/* The end of every JSON document that is small enough to be made as a whole. */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/error.h"

/* Writes and takes `root`, and ends the line. NULL: it could not be made. What the file system says
 * is the file's error. */
bool json_document_write(json_t *root, FILE *file, size_t flags, struct error *error);

#endif
