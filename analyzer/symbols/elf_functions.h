/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ELF_FUNCTIONS_H
#define LEAKGRAPH_ELF_FUNCTIONS_H

/*
 * The functions in an ELF file's symbol tables, sorted by address: from .symtab of the file or its
 * separate debug file, otherwise from .dynsym.
 */

#include <elfutils/libdwfl.h>
#include <stdint.h>

#include "analyzer/base/arena.h"

struct elf_functions;

struct elf_functions *elf_functions_new(struct arena *arena, Dwfl_Module *module);
/* The linker name of the function at an address of the file; NULL when no function covers it. */
const char *elf_functions_find(const struct elf_functions *functions, uint64_t address);
/* The reverse, among functions known to other units; 0 when there is none. */
uint64_t elf_functions_address(struct elf_functions *functions, const char *name);

#endif
