/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_ARENAS_H
#define LEAKGRAPH_PYTHON_ARENAS_H

/*
 * The memory that Python's small objects are cut from. We follow the objects as blocks, so the
 * arenas are no roots: free pools are full of old pointers. The stacks of its frames come from the
 * same functions, and they are roots; their sizes tell.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/base/private_memory.h"

/* Whenever Python can be called, once. */
void python_arenas_attach(void);

/* Calls exclude(start, end) for each of them. */
void python_arenas_each(void (*exclude)(uintptr_t start, uintptr_t end));

#endif
