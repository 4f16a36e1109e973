/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROBE_H
#define LEAKGRAPH_PROBE_H

/* Can memory be read? At the price of a system call. Keeps errno; may be called in hooks. */

#include <stdbool.h>
#include <stdint.h>

/* The word at an address that is aligned to 8. */
bool probe_is_readable(uintptr_t address);

#endif
