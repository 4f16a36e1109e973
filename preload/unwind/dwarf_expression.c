/* SPDX-License-Identifier: MIT */
#include "preload/unwind/dwarf_expression.h"

enum {
    DW_OP_addr = 0x03,
    DW_OP_deref = 0x06,
    DW_OP_const1u = 0x08, /* then 1s, 2u, 2s, 4u, 4s, 8u, 8s */
    DW_OP_const8s = 0x0f,
    DW_OP_constu = 0x10,
    DW_OP_consts = 0x11,
    DW_OP_dup = 0x12,
    DW_OP_drop = 0x13,
    DW_OP_over = 0x14,
    DW_OP_swap = 0x16,
    DW_OP_and = 0x1a,
    DW_OP_minus = 0x1c,
    DW_OP_mul = 0x1e,
    DW_OP_neg = 0x1f,
    DW_OP_not = 0x20,
    DW_OP_or = 0x21,
    DW_OP_plus = 0x22,
    DW_OP_plus_uconst = 0x23,
    DW_OP_shl = 0x24,
    DW_OP_shr = 0x25,
    DW_OP_shra = 0x26,
    DW_OP_xor = 0x27,
    DW_OP_eq = 0x29,
    DW_OP_ge = 0x2a,
    DW_OP_gt = 0x2b,
    DW_OP_le = 0x2c,
    DW_OP_lt = 0x2d,
    DW_OP_ne = 0x2e,
    DW_OP_lit0 = 0x30,
    DW_OP_lit31 = 0x4f,
    DW_OP_breg0 = 0x70,
    DW_OP_breg31 = 0x8f,
    DW_OP_bregx = 0x92,
    DW_OP_nop = 0x96,
};

enum { STACK_DEPTH = 16 };

struct machine {
    const struct dwarf_context *context;
    struct dwarf_bytes bytes;
    uintptr_t stack[STACK_DEPTH];
    unsigned depth;
    bool failed;
};

static void push(struct machine *machine, uintptr_t value)
{
    if (machine->depth == STACK_DEPTH)
        machine->failed = true;
    else
        machine->stack[machine->depth++] = value;
}

static uintptr_t pop(struct machine *machine)
{
    if (machine->depth == 0) {
        machine->failed = true;
        return 0;
    }
    return machine->stack[--machine->depth];
}

static void push_register(struct machine *machine, uint64_t reg)
{
    const struct machine_registers *registers = machine->context->registers;
    uintptr_t offset = (uintptr_t)dwarf_signed(&machine->bytes);
    if (reg >= MACHINE_REGISTERS || !machine_knows(registers, (unsigned)reg))
        machine->failed = true;
    else
        push(machine, registers->value[reg] + offset);
}

static void load(struct machine *machine)
{
    uintptr_t word = 0;
    uintptr_t address = pop(machine);
    if (machine->failed || machine->context->load == NULL ||
        !machine->context->load(address, &word))
        machine->failed = true;
    push(machine, word);
}

static void push_sized_constant(struct machine *machine, uint8_t operation)
{
    unsigned kind = operation - DW_OP_const1u;
    unsigned size = 1u << (kind / 2);
    push(machine, kind % 2 ? (uintptr_t)dwarf_fixed_signed(&machine->bytes, size)
                           : dwarf_fixed(&machine->bytes, size));
}

static uintptr_t combine(struct machine *machine, uint8_t operation, uintptr_t left,
                         uintptr_t right)
{
    intptr_t signed_left = (intptr_t)left, signed_right = (intptr_t)right;
    switch (operation) {
    case DW_OP_and:
        return left & right;
    case DW_OP_minus:
        return left - right;
    case DW_OP_mul:
        return left * right;
    case DW_OP_or:
        return left | right;
    case DW_OP_plus:
        return left + right;
    case DW_OP_shl:
        return right < 64 ? left << right : 0;
    case DW_OP_shr:
        return right < 64 ? left >> right : 0;
    case DW_OP_shra:
        return (uintptr_t)(signed_left >> (right < 64 ? right : 63));
    case DW_OP_xor:
        return left ^ right;
    case DW_OP_eq:
        return left == right;
    case DW_OP_ge:
        return signed_left >= signed_right;
    case DW_OP_gt:
        return signed_left > signed_right;
    case DW_OP_le:
        return signed_left <= signed_right;
    case DW_OP_lt:
        return signed_left < signed_right;
    case DW_OP_ne:
        return left != right;
    default:
        machine->failed = true;
        return 0;
    }
}

static void run_two_operands(struct machine *machine, uint8_t operation)
{
    uintptr_t right = pop(machine), left = pop(machine);
    push(machine, combine(machine, operation, left, right));
}

static void run_stack_operation(struct machine *machine, uint8_t operation)
{
    uintptr_t top = pop(machine);
    if (operation == DW_OP_dup) {
        push(machine, top);
        push(machine, top);
    } else if (operation != DW_OP_drop) {
        uintptr_t below = pop(machine);
        push(machine, operation == DW_OP_over ? below : top);
        push(machine, operation == DW_OP_over ? top : below);
        if (operation == DW_OP_over)
            push(machine, below);
    }
}

static void run_operation(struct machine *machine, uint8_t operation)
{
    struct dwarf_bytes *bytes = &machine->bytes;
    if (operation >= DW_OP_lit0 && operation <= DW_OP_lit31) {
        push(machine, operation - DW_OP_lit0);
        return;
    }
    if (operation >= DW_OP_breg0 && operation <= DW_OP_breg31) {
        push_register(machine, operation - DW_OP_breg0);
        return;
    }
    if (operation >= DW_OP_const1u && operation <= DW_OP_const8s) {
        push_sized_constant(machine, operation);
        return;
    }
    switch (operation) {
    case DW_OP_addr:
        push(machine, dwarf_fixed(bytes, 8));
        break;
    case DW_OP_deref:
        load(machine);
        break;
    case DW_OP_constu:
        push(machine, dwarf_unsigned(bytes));
        break;
    case DW_OP_consts:
        push(machine, (uintptr_t)dwarf_signed(bytes));
        break;
    case DW_OP_plus_uconst:
        push(machine, pop(machine) + dwarf_unsigned(bytes));
        break;
    case DW_OP_neg:
        push(machine, -pop(machine));
        break;
    case DW_OP_not:
        push(machine, ~pop(machine));
        break;
    case DW_OP_bregx:
        push_register(machine, dwarf_unsigned(bytes));
        break;
    case DW_OP_dup:
    case DW_OP_drop:
    case DW_OP_over:
    case DW_OP_swap:
        run_stack_operation(machine, operation);
        break;
    case DW_OP_nop:
        break;
    default:
        run_two_operands(machine, operation);
        break;
    }
}

bool dwarf_evaluate(struct dwarf_bytes expression, const struct dwarf_context *context,
                    bool push_start, uintptr_t start, uintptr_t *result)
{
    struct machine machine = {.context = context, .bytes = expression};
    if (push_start)
        push(&machine, start);
    while (dwarf_bytes_left(&machine.bytes) && !machine.failed)
        run_operation(&machine, (uint8_t)dwarf_fixed(&machine.bytes, 1));
    *result = pop(&machine);
    return !machine.failed && !machine.bytes.failed;
}
