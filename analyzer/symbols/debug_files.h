/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEBUG_FILES_H
#define LEAKGRAPH_DEBUG_FILES_H

/*
 * Finds the debug info of a stripped file: by build-id, by debug link, or at a debuginfod server
 * when DEBUGINFOD_URLS names one. It is a callback for libdwfl, whose own would load libdebuginfod,
 * and half a network stack with it, for every library without debug info.
 */

#include <elfutils/libdwfl.h>

int debug_files_find(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                     const char *file_name, const char *link, GElf_Word link_crc, char **found);

#endif
