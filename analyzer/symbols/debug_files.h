/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEBUG_FILES_H
#define LEAKGRAPH_DEBUG_FILES_H

/*
 * Callbacks for libdwfl. Its own search for the debug info of a stripped file would load
 * libdebuginfod, and half a network stack with it, for every library without debug info.
 */

#include <elfutils/libdwfl.h>

/* By build-id, by debug link, or at a debuginfod server when DEBUGINFOD_URLS names one. */
int debug_files_find(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                     const char *file_name, const char *link, GElf_Word link_crc, char **found);
/* Called for relocatable objects only, which are never mapped. */
int debug_files_no_section(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                           const char *section, GElf_Word index, const GElf_Shdr *header,
                           Dwarf_Addr *address);

#endif
