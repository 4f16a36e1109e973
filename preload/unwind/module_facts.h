/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODULE_FACTS_H
#define LEAKGRAPH_MODULE_FACTS_H

/* What the loader says of one ELF file. Only where it may be asked, under its lock. */

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct module_facts {
    uintptr_t bias, start, end; /* end 0: nothing of it is mapped */
    uintptr_t eh_frame_header;  /* .eh_frame_hdr, 0 when it has none */
    size_t tls_bytes;
    uint32_t tls_number; /* of its thread-local storage in the threads' lists, 0 when it has none */
    const uint8_t *build_id; /* in the mapped file */
    uint32_t build_id_bytes; /* 0: none that a recording has room for */
    uint32_t flags;          /* enum recording_module_flags */
};

void module_facts_read(const struct dl_phdr_info *info, bool is_first, struct module_facts *facts);

#endif
