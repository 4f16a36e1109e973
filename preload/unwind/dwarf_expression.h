/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_EXPRESSION_H
#define LEAKGRAPH_DWARF_EXPRESSION_H

/*
 * Evaluates the DWARF expressions that occur in call frame information: registers, constants,
 * arithmetic, comparisons, loads. Small stack, no loops without end; safe inside malloc and in
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

/* `start` is pushed first when push_start (rules of registers get the CFA). False when the
   expression needs what is not known. */
bool dwarf_evaluate(struct dwarf_bytes expression, const struct dwarf_context *context,
                    bool push_start, uintptr_t start, uintptr_t *result);

#endif
