/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULE_SYMBOLS_H
#define LEAKGRAPH_MODULE_SYMBOLS_H

/*
 * Looks up a symbol in the hash table of one loaded file: where dlsym must not be called, and in
 * files that dlsym does not search (dlopen'ed with RTLD_LOCAL). Only reads the file's memory: no
 * malloc, no lock.
 *
 *     struct module_symbols symbols;      (in a callback of dl_iterate_phdr)
 *     if (module_symbols_open(&symbols, info))
 *         address = module_symbols_find(&symbols, "_PyRuntime", &size_bytes);
 */

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module_symbols {
    uintptr_t bias;
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu_hash;
};

/* False for a file without a GNU hash table. */
bool module_symbols_open(struct module_symbols *symbols, const struct dl_phdr_info *info);
/* 0 when the file does not define it. size_bytes may be NULL. */
uintptr_t module_symbols_find(const struct module_symbols *symbols, const char *name,
                              size_t *size_bytes);

#endif
