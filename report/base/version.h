/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_VERSION_H
#define LEAKGRAPH_VERSION_H

/* The version, which stands in the Makefile alone. */

extern const char version_name[];   /* "leakgraph 0.1.0" */
extern const char version_number[]; /* "0.1.0" */
extern const char version_date[];   /* "2026-11-21" */

#endif
