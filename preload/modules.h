/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULES_H
#define LEAKGRAPH_MODULES_H

/*
 * The loaded ELF files: which record of the recording's module table an address belongs to. Loads and
 * unloads are noticed by dl_iterate_phdr's counters; dlopen is not wrapped.
 */

#include <stdbool.h>
#include <stdint.h>

/* Reads the list anew when a module came or went since the last time; true when one went (caches of
   code addresses are stale). Takes the loader's lock: not from a signal handler. */
bool modules_refresh(void);
/* Cheap: has the loader been at work since the last refresh? Set by modules_note_loader_call. */
bool modules_are_stale(void);
/* A hook was called from ld.so: a load or an unload is under way. */
void modules_note_loader_call(void);
bool modules_is_loader(uintptr_t pc);
bool modules_is_libc(uintptr_t pc);
bool modules_is_shim(uintptr_t pc);

/* Index in the module table, RECORDING_NO_MODULE when the address is in no file. Lock-free. */
uint32_t modules_find(uintptr_t pc);
void modules_restart_after_fork(void);

#endif
