/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROBE_H
#define LEAKGRAPH_PROBE_H

/* Can an address be read? Takes a system call. Keeps errno; may be called in hooks. */

#include <stdbool.h>
#include <stdint.h>

/* The address must be a multiple of 8. */
bool probe_is_readable(uintptr_t address);

#endif
