/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LABEL_TEXTS_H
#define LEAKGRAPH_PYTHON_LABEL_TEXTS_H

/*
 * The texts that labels of edges refer to: each str object and each C string is written once and
 * has an index from 1. In the snapshot child only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/scan/scan_stream.h"

bool python_label_texts_start(struct scan_stream *stream);
/* 0 when it is no str object, or when there are too many texts. */
uint64_t python_label_texts_of_string(uintptr_t string);
uint64_t python_label_texts_of_c_string(const char *text);
uint64_t python_label_texts_count(void);

#endif
