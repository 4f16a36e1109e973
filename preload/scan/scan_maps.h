/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_MAPS_H
#define LEAKGRAPH_SCAN_MAPS_H

/* The mappings of the snapshot child, from /proc/self/maps: those of the target at the fork. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scan_map_kind {
    SCAN_MAP_ANONYMOUS,
    SCAN_MAP_FILE,
    SCAN_MAP_HEAP,          /* brk */
    SCAN_MAP_STACK,         /* of the main thread */
    SCAN_MAP_SHARED_MEMORY, /* MAP_SHARED of anonymous memory, memfd, shm: safe to read */
    SCAN_MAP_SHARED_FILE,   /* MAP_SHARED of a regular file */
    SCAN_MAP_OTHER,         /* vdso, devices */
};

struct scan_map {
    uintptr_t start, end;
    enum scan_map_kind kind;
    bool readable, writable, shared;
};

/* Sorted by address, in private memory. False when they cannot be read. */
bool scan_maps_read(void);
extern struct scan_map *scan_maps;
extern size_t scan_maps_count;
const struct scan_map *scan_maps_find(uintptr_t address);

#endif
