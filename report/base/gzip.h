/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GZIP_H
#define LEAKGRAPH_GZIP_H

/*
 * Compresses bytes into a gzip stream (zlib). False: out of memory. Write errors stay with the
 * FILE.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/base/error.h"

bool gzip_write(const uint8_t *bytes, size_t size_bytes, FILE *file, struct error *error);

#endif
