/* SPDX-License-Identifier: MIT */
#include "preload/unwind/odd_frame.h"

#include "preload/unwind/cfi.h"
#include "preload/unwind/dwarf_expression.h"
#include "preload/arch/machine.h"
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
    if (!machine_knows(registers, row->cfa_register))
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
        return machine_knows(registers, reg);
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
        if (operand < 0 || !machine_knows(registers, (unsigned)operand))
            return false;
        *value = registers->value[operand];
        return true;
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
            caller.known |= (uint64_t)1 << reg;
    if (row->rule[MACHINE_SP] == CFI_SAME)
        machine_set(&caller, MACHINE_SP, cfa);
    *registers = caller;
    return row->rule[MACHINE_PC] != CFI_SAME && machine_knows(&caller, MACHINE_SP) &&
           machine_knows(&caller, MACHINE_PC);
}

static void set_position(struct machine_registers *registers, const struct call_frame *at)
{
    *registers = (struct machine_registers){.known = 0};
    machine_set(registers, MACHINE_PC, at->pc);
    machine_set(registers, MACHINE_SP, at->sp);
    machine_set(registers, MACHINE_FP, at->fp);
}

/* For code without unwind information: follow the frame pointer, or end the walk. */
static bool step_by_frame_pointer(struct machine_registers *registers)
{
    uintptr_t fp = registers->value[MACHINE_FP], caller_fp, pc;
    if (!machine_knows(registers, MACHINE_FP) || fp < registers->value[MACHINE_SP] ||
        !load(fp, &caller_fp) || !load(fp + 8, &pc))
        return false;
    set_position(registers, &(struct call_frame){pc, fp + 16, caller_fp});
    return true;
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
    struct machine_registers registers;
    set_position(&registers, start);
    bool is_interrupted = false, is_there = false;
    for (int steps = 0; steps < MAX_STEPS && !is_there; steps++) {
        is_there = registers.value[MACHINE_SP] == at->sp && registers.value[MACHINE_PC] == at->pc;
        if (!step(&registers, &is_interrupted))
            return false;
    }
    if (!is_there)
        return false;
    bool knows_fp = machine_knows(&registers, MACHINE_FP);
    *at = (struct call_frame){registers.value[MACHINE_PC], registers.value[MACHINE_SP],
                              knows_fp ? registers.value[MACHINE_FP] : 0};
    return true;
}
