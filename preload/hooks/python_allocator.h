/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_ALLOCATOR_H
#define LEAKGRAPH_PYTHON_ALLOCATOR_H

/*
 * Python's small objects come from pools of its own (pymalloc), where malloc does not see them. So
 * the domains "mem" and "object" get functions of ours, which pass every call on to those that were
 * there and tell events.h: PyMem_SetAllocator is made for this, tracemalloc does the same. Blocks
 * stay where and what they are, but those of up to 16 bytes get a place of 32 (pools have places of
 * 16, 32, 48, ...), since the live table has one word for that much. The domain "raw" is malloc
 * itself.
 */

#include <stdbool.h>

#include "preload/unwind/module_symbols.h"

/* Whenever Python can be called, but not twice at once. False when it has no such functions. */
bool python_allocator_attach(const struct module_symbols *python);
/* Python took them out again while it began (PYTHONMALLOC, -X dev): puts them on top. */
void python_allocator_look_again(void);

#endif
