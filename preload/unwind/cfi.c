/* SPDX-License-Identifier: MIT */
#include "preload/unwind/cfi.h"

enum {
    DW_CFA_advance_loc = 0x40, /* these three have an operand in their low six bits */
    DW_CFA_offset = 0x80,
    DW_CFA_restore = 0xc0,
    DW_CFA_nop = 0x00,
    DW_CFA_set_loc = 0x01,
    DW_CFA_advance_loc1 = 0x02,
    DW_CFA_advance_loc2 = 0x03,
    DW_CFA_advance_loc4 = 0x04,
    DW_CFA_offset_extended = 0x05,
    DW_CFA_restore_extended = 0x06,
    DW_CFA_undefined = 0x07,
    DW_CFA_same_value = 0x08,
    DW_CFA_register = 0x09,
    DW_CFA_remember_state = 0x0a,
    DW_CFA_restore_state = 0x0b,
    DW_CFA_def_cfa = 0x0c,
    DW_CFA_def_cfa_register = 0x0d,
    DW_CFA_def_cfa_offset = 0x0e,
    DW_CFA_def_cfa_expression = 0x0f,
    DW_CFA_expression = 0x10,
    DW_CFA_offset_extended_sf = 0x11,
    DW_CFA_def_cfa_sf = 0x12,
    DW_CFA_def_cfa_offset_sf = 0x13,
    DW_CFA_val_offset = 0x14,
    DW_CFA_val_offset_sf = 0x15,
    DW_CFA_val_expression = 0x16,
    DW_CFA_GNU_args_size = 0x2e,
    DW_CFA_GNU_negative_offset_extended = 0x2f,
};

/* Compilers nest remember_state once; a few more cost little stack. */
enum { MAX_REMEMBERED = 4 };

struct cfi_run {
    const struct eh_frame_entry *entry;
    uintptr_t location, stop; /* the row holds for `location`; run until it passes `stop` */
    struct cfi_row *row;
    const struct cfi_row *initial; /* the CIE's row, for restore; NULL while it is being made */
    struct cfi_row remembered[MAX_REMEMBERED];
    unsigned remembered_count;
};

static bool set_rule(struct cfi_run *run, uint64_t reg, enum cfi_rule rule, int64_t value)
{
    if (reg >= MACHINE_REGISTERS)
        return true; /* vector registers and the like do not matter to the walk */
    if (value != (int32_t)value)
        return false;
    run->row->rule[reg] = (uint8_t)rule;
    run->row->value[reg] = (int32_t)value;
    return true;
}

static void restore_rule(struct cfi_run *run, uint64_t reg)
{
    if (reg >= MACHINE_REGISTERS || run->initial == NULL)
        return;
    run->row->rule[reg] = run->initial->rule[reg];
    run->row->value[reg] = run->initial->value[reg];
}

static bool remember(struct cfi_run *run)
{
    if (run->remembered_count == MAX_REMEMBERED)
        return false;
    run->remembered[run->remembered_count++] = *run->row;
    return true;
}

static bool recall(struct cfi_run *run)
{
    if (run->remembered_count == 0)
        return false;
    *run->row = run->remembered[--run->remembered_count];
    return true;
}

static void define_cfa(struct cfi_run *run, uint64_t reg, int64_t offset)
{
    run->row->cfa_register = (uint16_t)(reg < MACHINE_REGISTERS ? reg : MACHINE_REGISTERS);
    run->row->cfa_offset = offset;
    run->row->cfa_is_expression = false;
}

/* Skips a block and returns its offset from the row's base. */
static int64_t block_place(struct cfi_run *run, struct dwarf_bytes *bytes)
{
    int64_t place = bytes->at - run->row->base;
    dwarf_skip(bytes, dwarf_unsigned(bytes));
    return place;
}

static bool define_cfa_expression(struct cfi_run *run, struct dwarf_bytes *bytes)
{
    int64_t place = block_place(run, bytes);
    run->row->cfa_expression = (int32_t)place;
    run->row->cfa_is_expression = true;
    return place == (int32_t)place;
}

static void advance(struct cfi_run *run, uint64_t count)
{
    run->location += count * run->entry->code_align;
}

/* The instructions whose operands follow them. */
static bool run_extended(struct cfi_run *run, uint8_t instruction, struct dwarf_bytes *bytes)
{
    int64_t align = run->entry->data_align;
    uint64_t reg;
    switch (instruction) {
    case DW_CFA_nop:
        return true;
    case DW_CFA_set_loc:
        run->location = eh_frame_pointer(bytes, run->entry->pointer_encoding);
        return true;
    case DW_CFA_advance_loc1:
        advance(run, dwarf_fixed(bytes, 1));
        return true;
    case DW_CFA_advance_loc2:
        advance(run, dwarf_fixed(bytes, 2));
        return true;
    case DW_CFA_advance_loc4:
        advance(run, dwarf_fixed(bytes, 4));
        return true;
    case DW_CFA_offset_extended:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_AT_OFFSET, (int64_t)dwarf_unsigned(bytes) * align);
    case DW_CFA_offset_extended_sf:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_AT_OFFSET, dwarf_signed(bytes) * align);
    case DW_CFA_GNU_negative_offset_extended:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_AT_OFFSET, -(int64_t)dwarf_unsigned(bytes) * align);
    case DW_CFA_val_offset:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_IS_OFFSET, (int64_t)dwarf_unsigned(bytes) * align);
    case DW_CFA_val_offset_sf:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_IS_OFFSET, dwarf_signed(bytes) * align);
    case DW_CFA_restore_extended:
        restore_rule(run, dwarf_unsigned(bytes));
        return true;
    case DW_CFA_undefined:
        return set_rule(run, dwarf_unsigned(bytes), CFI_UNDEFINED, 0);
    case DW_CFA_same_value:
        return set_rule(run, dwarf_unsigned(bytes), CFI_SAME, 0);
    case DW_CFA_register:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_IN_REGISTER, (int64_t)dwarf_unsigned(bytes));
    case DW_CFA_expression:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_AT_EXPRESSION, block_place(run, bytes));
    case DW_CFA_val_expression:
        reg = dwarf_unsigned(bytes);
        return set_rule(run, reg, CFI_IS_EXPRESSION, block_place(run, bytes));
    case DW_CFA_remember_state:
        return remember(run);
    case DW_CFA_restore_state:
        return recall(run);
    case DW_CFA_def_cfa:
        reg = dwarf_unsigned(bytes);
        define_cfa(run, reg, (int64_t)dwarf_unsigned(bytes));
        return true;
    case DW_CFA_def_cfa_sf:
        reg = dwarf_unsigned(bytes);
        define_cfa(run, reg, dwarf_signed(bytes) * align);
        return true;
    case DW_CFA_def_cfa_register:
        define_cfa(run, dwarf_unsigned(bytes), run->row->cfa_offset);
        return true;
    case DW_CFA_def_cfa_offset:
        run->row->cfa_offset = (int64_t)dwarf_unsigned(bytes);
        return true;
    case DW_CFA_def_cfa_offset_sf:
        run->row->cfa_offset = dwarf_signed(bytes) * align;
        return true;
    case DW_CFA_def_cfa_expression:
        return define_cfa_expression(run, bytes);
    case DW_CFA_GNU_args_size:
        dwarf_unsigned(bytes);
        return true;
    default:
        return false;
    }
}

static bool run_one(struct cfi_run *run, struct dwarf_bytes *bytes)
{
    uint8_t instruction = (uint8_t)dwarf_fixed(bytes, 1);
    uint8_t operand = instruction & 0x3f;
    switch (instruction & 0xc0) {
    case DW_CFA_advance_loc:
        advance(run, operand);
        return true;
    case DW_CFA_offset:
        return set_rule(run, operand, CFI_AT_OFFSET,
                        (int64_t)dwarf_unsigned(bytes) * run->entry->data_align);
    case DW_CFA_restore:
        restore_rule(run, operand);
        return true;
    default:
        return run_extended(run, instruction, bytes);
    }
}

static bool run_all(struct cfi_run *run, struct dwarf_bytes bytes)
{
    while (dwarf_bytes_left(&bytes) && run->location <= run->stop)
        if (!run_one(run, &bytes))
            return false;
    return !bytes.failed;
}

bool cfi_row_at(const struct eh_frame_entry *entry, uintptr_t pc, struct cfi_row *row)
{
    struct cfi_row initial;
    struct cfi_run run = {.entry = entry, .stop = UINTPTR_MAX, .row = row};
    *row = (struct cfi_row){.base = entry->instructions.at, .cfa_register = MACHINE_REGISTERS};
    if (!run_all(&run, entry->initial))
        return false;
    initial = *row;
    run.initial = &initial;
    run.location = entry->start;
    run.stop = pc;
    return run_all(&run, entry->instructions);
}

struct dwarf_bytes cfi_expression(const struct cfi_row *row, int32_t place)
{
    const uint8_t *block = row->base + place;
    struct dwarf_bytes bytes = dwarf_bytes(block, block + 10);
    uint64_t length = dwarf_unsigned(&bytes); /* was read once, within bounds */
    return dwarf_bytes(bytes.at, bytes.at + length);
}
