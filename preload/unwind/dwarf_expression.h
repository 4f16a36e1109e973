/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_EXPRESSION_H
#define LEAKGRAPH_DWARF_EXPRESSION_H

/*
 * Evaluates the DWARF expressions that occur in call frame information: registers, constants,
 * arithmetic, comparisons, loads. It needs little stack and always ends; safe inside malloc and in
 * signal handlers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/dwarf_bytes.h"
#include "preload/arch/machine.h"

struct dwarf_context {
    const struct machine_registers *registers;
    /* Loads a word; false when it cannot. NULL: the expression may not load. */
    bool (*load)(uintptr_t address, uintptr_t *word);
};

/* With push_start, `start` is on the stack at first: the CFA, for the rules of registers. False
   when the expression needs a register or a word that is not known. */
bool dwarf_evaluate(struct dwarf_bytes expression, const struct dwarf_context *context,
                    bool push_start, uintptr_t start, uintptr_t *result);

#endif
