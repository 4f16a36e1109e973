/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CFI_H
#define LEAKGRAPH_CFI_H

/*
 * Call frame information: runs the instructions of an FDE up to an address and gives the row of the
 * table there: how to find the frame's CFA and the registers of its caller.
 * Under 1 KB of stack; safe inside malloc and in signal handlers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/dwarf_bytes.h"
#include "preload/unwind/eh_frame.h"
#include "preload/arch/machine.h"

enum cfi_rule {
    CFI_SAME = 0,      /* as in this frame; also what says nothing */
    CFI_UNDEFINED,     /* not to be had */
    CFI_AT_OFFSET,     /* stored at CFA + value */
    CFI_IS_OFFSET,     /* is CFA + value */
    CFI_AT_EXPRESSION, /* stored where the expression says */
    CFI_IS_EXPRESSION, /* is what the expression says */
    CFI_IN_REGISTER,   /* in register `value` of this frame */
};

struct cfi_row {
    const uint8_t *base; /* expressions are counted from here */
    int64_t cfa_offset;
    int32_t cfa_expression; /* place of the expression's block, when cfa_is_expression */
    uint16_t cfa_register;
    bool cfa_is_expression;
    uint8_t rule[MACHINE_REGISTERS]; /* enum cfi_rule */
    int32_t value[MACHINE_REGISTERS];
};

/* False when an instruction is not understood. */
bool cfi_row_at(const struct eh_frame_entry *entry, uintptr_t pc, struct cfi_row *row);

/* The bytes of an expression of a row. */
struct dwarf_bytes cfi_expression(const struct cfi_row *row, int32_t place);

#endif
