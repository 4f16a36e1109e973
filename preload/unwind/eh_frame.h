/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EH_FRAME_H
#define LEAKGRAPH_EH_FRAME_H

/*
 * Finds a function's entry in .eh_frame: the binary search table of .eh_frame_hdr leads to its FDE
 * and CIE. The pointers refer to the module's own read-only data; nothing is owned or changed. Safe
 * inside malloc and in signal handlers.
 *
 *     struct eh_frame_entry entry;
 *     if (eh_frame_find(&place, pc, &entry) == EH_FRAME_FOUND)
 *         cfi_row_at(&entry, pc, &row);
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/dwarf_bytes.h"
#include "preload/unwind/modules.h"

struct eh_frame_entry {
    uintptr_t start, end;                     /* the code it is about */
    struct dwarf_bytes initial, instructions; /* of the CIE, of the FDE */
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer_encoding;
    bool is_signal_frame;
};

enum eh_frame_result {
    EH_FRAME_FOUND,
    EH_FRAME_NONE,       /* the module says nothing about this address */
    EH_FRAME_UNREADABLE, /* it does in a way that is not understood */
};

enum eh_frame_result eh_frame_find(const struct module_place *module, uintptr_t pc,
                                   struct eh_frame_entry *entry);

/* A pointer in DW_EH_PE encoding, absolute or relative to itself; other encodings fail. */
uintptr_t eh_frame_pointer(struct dwarf_bytes *bytes, uint8_t encoding);

#endif
