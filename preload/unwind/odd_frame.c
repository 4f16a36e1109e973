/* SPDX-License-Identifier: MIT */
#include "preload/unwind/odd_frame.h"

#include "preload/unwind/cfi.h"
#include "preload/unwind/dwarf_expression.h"
#include "preload/base/machine.h"
#include "preload/base/probe.h"
#include "preload/unwind/eh_frame.h"
#include "preload/unwind/modules.h"

enum { MAX_STEPS = 100000 };

static bool load(uintptr_t address, uintptr_t *word)
{
    if ((address & 7) != 0 || !probe_is_readable(address))
        return false;
    *word = *(const uintptr_t *)address;
    return true;
}

static bool evaluate(const struct cfi_row *row, int32_t place,
                     const struct machine_registers *registers, bool push_cfa, uintptr_t cfa,
                     uintptr_t *result)
{
    struct dwarf_context context = {.registers = registers, .load = load};
    return dwarf_evaluate(cfi_expression(row, place), &context, push_cfa, cfa, result);
}

static bool find_cfa(const struct cfi_row *row, const struct machine_registers *registers,
                     uintptr_t *cfa)
{
    if (row->cfa_is_expression)
        return evaluate(row, row->cfa_expression, registers, false, 0, cfa);
    if (row->cfa_register >= MACHINE_REGISTERS || !(registers->known & 1u << row->cfa_register))
        return false;
    *cfa = registers->value[row->cfa_register] + (uintptr_t)row->cfa_offset;
    return true;
}

static bool find_register(const struct cfi_row *row, unsigned reg, uintptr_t cfa,
                          const struct machine_registers *registers, uintptr_t *value)
{
    int32_t operand = row->value[reg];
    uintptr_t address = cfa + (uintptr_t)(intptr_t)operand;
    switch (row->rule[reg]) {
    case CFI_SAME:
        *value = registers->value[reg];
        return registers->known & 1u << reg;
    case CFI_AT_OFFSET:
        return load(address, value);
    case CFI_IS_OFFSET:
        *value = address;
        return true;
    case CFI_AT_EXPRESSION:
        return evaluate(row, operand, registers, true, cfa, &address) && load(address, value);
    case CFI_IS_EXPRESSION:
        return evaluate(row, operand, registers, true, cfa, value);
    case CFI_IN_REGISTER:
        *value = operand >= 0 && operand < MACHINE_REGISTERS ? registers->value[operand] : 0;
        return operand >= 0 && operand < MACHINE_REGISTERS && registers->known & 1u << operand;
    default:
        return false;
    }
}

static bool step_by_row(const struct cfi_row *row, struct machine_registers *registers)
{
    struct machine_registers caller = {.known = 0};
    uintptr_t cfa;
    if (!find_cfa(row, registers, &cfa))
        return false;
    for (unsigned reg = 0; reg < MACHINE_REGISTERS; reg++)
        if (find_register(row, reg, cfa, registers, &caller.value[reg]))
            caller.known |= 1u << reg;
    if (row->rule[MACHINE_SP] == CFI_SAME) {
        caller.value[MACHINE_SP] = cfa;
        caller.known |= 1u << MACHINE_SP;
    }
    *registers = caller;
    uint32_t needed = 1u << MACHINE_SP | 1u << MACHINE_PC;
    return row->rule[MACHINE_PC] != CFI_SAME && (caller.known & needed) == needed;
}

/* Code without unwind information keeps a frame pointer chain, or the walk ends. */
static bool step_by_frame_pointer(struct machine_registers *registers)
{
    struct machine_registers caller = {.known =
                                           1u << MACHINE_SP | 1u << MACHINE_PC | 1u << MACHINE_FP};
    uintptr_t fp = registers->value[MACHINE_FP];
    if (!(registers->known & 1u << MACHINE_FP) || fp < registers->value[MACHINE_SP])
        return false;
    caller.value[MACHINE_SP] = fp + 16;
    bool ok = load(fp, &caller.value[MACHINE_FP]) && load(fp + 8, &caller.value[MACHINE_PC]);
    *registers = caller;
    return ok;
}

static bool step(struct machine_registers *registers, bool *is_interrupted)
{
    struct module_place module;
    struct eh_frame_entry entry;
    struct cfi_row row;
    uintptr_t address = registers->value[MACHINE_PC] - !*is_interrupted;
    *is_interrupted = false;
    if (!modules_at(address, &module) || eh_frame_find(&module, address, &entry) == EH_FRAME_NONE)
        return step_by_frame_pointer(registers);
    if (eh_frame_find(&module, address, &entry) != EH_FRAME_FOUND ||
        !cfi_row_at(&entry, address, &row))
        return false;
    *is_interrupted = entry.is_signal_frame;
    return step_by_row(&row, registers);
}

bool odd_frame_step(const struct call_frame *start, struct call_frame *at)
{
    struct machine_registers registers = {.known = 1u << MACHINE_SP | 1u << MACHINE_PC |
                                                   1u << MACHINE_FP};
    registers.value[MACHINE_SP] = start->sp;
    registers.value[MACHINE_PC] = start->pc;
    registers.value[MACHINE_FP] = start->fp;
    bool is_interrupted = false, is_there = false;
    for (int steps = 0; steps < MAX_STEPS && !is_there; steps++) {
        is_there = registers.value[MACHINE_SP] == at->sp && registers.value[MACHINE_PC] == at->pc;
        if (!step(&registers, &is_interrupted))
            return false;
    }
    if (!is_there)
        return false;
    bool knows_fp = registers.known & 1u << MACHINE_FP;
    *at = (struct call_frame){registers.value[MACHINE_PC], registers.value[MACHINE_SP],
                              knows_fp ? registers.value[MACHINE_FP] : 0};
    return true;
}
