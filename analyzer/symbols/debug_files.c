/* SPDX-License-Identifier: MIT */
#include "analyzer/symbols/debug_files.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_server(void)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    return urls && *urls;
}

/* The places where gdb and elfutils look; whether the file is the right one is checked later. */
static bool has_linked_file(const char *file_name, const char *link)
{
    static const char *const places[] = {"%.*s/%s", "%.*s/.debug/%s", "/usr/lib/debug%.*s/%s"};
    char path[PATH_MAX];
    const char *slash = file_name ? strrchr(file_name, '/') : NULL;
    for (size_t i = 0; slash && link && i < sizeof places / sizeof *places; i++) {
        int length =
            snprintf(path, sizeof path, places[i], (int)(slash - file_name), file_name, link);
        if (length < (int)sizeof path && strcmp(path, file_name) != 0 && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

int debug_files_find(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                     const char *file_name, const char *link, GElf_Word link_crc, char **found)
{
    int descriptor =
        dwfl_build_id_find_debuginfo(module, data, name, base, file_name, link, link_crc, found);
    if (descriptor >= 0 || !(has_server() || has_linked_file(file_name, link)))
        return descriptor;
    return dwfl_standard_find_debuginfo(module, data, name, base, file_name, link, link_crc, found);
}

int debug_files_no_section(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                           const char *section, GElf_Word index, const GElf_Shdr *header,
                           Dwarf_Addr *address)
{
    (void)module, (void)data, (void)name, (void)base, (void)section, (void)index, (void)header;
    *address = (Dwarf_Addr)-1;
    return 0;
}
