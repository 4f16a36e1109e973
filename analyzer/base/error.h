/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ERROR_H
#define LEAKGRAPH_ERROR_H

/*
 * What went wrong, in one line for a person. Functions of analyzer/ and report/ fill one and return
 * false or NULL; only a command prints it and picks the exit status.
 *
 *     struct error error = {0};
 *     if (!recording_open(&recording, path, &error)) ... error.message ...
 */

#include <stdarg.h>
#include <stdbool.h>

struct error {
    char message[512]; /* "leakgraph.data/12.0.lgr: truncated: 100 bytes, at least 4096 expected" */
};

/* Formats the message; returns false so that callers can `return error_set(...)`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
