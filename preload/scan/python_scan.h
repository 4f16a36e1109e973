/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_SCAN_H
#define LEAKGRAPH_PYTHON_SCAN_H

/*
 * Writes what a snapshot tells of a Python interpreter: the collector's state, every object with
 * its references, and what running frames hold. In the snapshot child, after scan_index_build. Does
 * nothing when there is no interpreter, or one that cannot be read.
 */

#include <stdbool.h>

#include "preload/scan/image.h"

enum python_scan_result { PYTHON_SCAN_DONE, PYTHON_SCAN_FULL };
enum python_scan_result python_scan(const struct snapshot *snapshot);

#endif
