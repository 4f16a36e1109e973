/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULES_H
#define LEAKGRAPH_MODULES_H

/*
 * The loaded ELF files: which record of the recording's module table an address belongs to, and
 * where its unwind information is. dl_iterate_phdr's counters tell of loads and unloads; the hook
 * of dlopen is for RTLD_DEEPBIND only.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/capture_epoch.h"

/* Reads the list again if a module was loaded or unloaded since the last time; true when one was
   unloaded (caches of code addresses are stale). Takes the loader's lock: not in signal handlers.
 */
bool modules_refresh(void);

extern _Atomic bool modules_stale;
/* Has the loader been active since the last refresh? Cheap; set by modules_note_loader_call. */
static inline bool modules_are_stale(void)
{
    return atomic_load_explicit(&modules_stale, memory_order_relaxed);
}
/* A hook was called from ld.so: a load or an unload is under way. */
static inline void modules_note_loader_call(void)
{
    atomic_store_explicit(&modules_stale, true, memory_order_relaxed);
    capture_epoch_begin();
}

/* Counts loads and unloads: when it changes, anything cached by code address may be wrong. */
extern _Atomic uint32_t modules_generation;

/* Three modules that are never unloaded; empty before the first refresh. */
struct module_range {
    uintptr_t start, size_bytes;
};
extern struct module_range modules_loader, modules_libc, modules_shim;

static inline bool module_range_has(const struct module_range *range, uintptr_t pc)
{
    return pc - range->start < range->size_bytes;
}
static inline bool modules_is_loader(uintptr_t pc)
{
    return module_range_has(&modules_loader, pc);
}
static inline bool modules_is_libc(uintptr_t pc)
{
    return module_range_has(&modules_libc, pc);
}
static inline bool modules_is_shim(uintptr_t pc)
{
    return module_range_has(&modules_shim, pc);
}

struct module_place {
    uintptr_t start, end;
    uintptr_t eh_frame_header; /* .eh_frame_hdr, 0 when it has none */
    uint32_t index;            /* in the module table, RECORDING_NO_MODULE when there was no room */
    uint32_t tls_number; /* of its thread-local storage in the threads' lists, 0 when it has none */
};

/* The module that is mapped at pc; false when it is in no file. Lock-free. */
bool modules_at(uintptr_t pc, struct module_place *place);
/* Index in the module table, RECORDING_NO_MODULE when the address is in no file. Lock-free. */
uint32_t modules_find(uintptr_t pc);
/* Index of the module whose thread-local storage has this number. In the snapshot child only. */
uint32_t modules_of_tls(uint32_t tls_number);

/* In a forked child that has not loaded anything: if another thread held the loader's lock at the
   fork, it is never released here. The loader must not be asked then. */
extern bool modules_loader_may_hang;

/* In a forked child with a recording of its own: writes the table again with the same indices. */
void modules_restart_after_fork(void);

#endif
