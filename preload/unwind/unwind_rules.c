/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_rules.h"

#include "preload/unwind/cfi.h"
#include "preload/unwind/dwarf_expression.h"
#include "preload/unwind/eh_frame.h"
#include "preload/arch/machine.h"
#include "preload/unwind/modules.h"
#include "preload/recording.h"

_Static_assert(sizeof(struct unwind_rule) == sizeof(uint64_t), "a rule is one word of the table");

/* 16 bytes an entry: 64 KB at first, 16 MB for a program with half a million call sites. */
struct lossy_map unwind_rules_known = {.initial_bits = 12, .limit_bits = 20};

/* The caller's fp is stored at fp + offset: the only such expression that compilers write. */
static bool fp_offset_of_expression(const struct cfi_row *row, int64_t *offset)
{
    enum { BREG_FP = 0x70 + MACHINE_FP };
    struct dwarf_bytes bytes = cfi_expression(row, row->value[MACHINE_FP]);
    if (dwarf_fixed(&bytes, 1) != BREG_FP)
        return false;
    *offset = dwarf_signed(&bytes);
    return !bytes.failed && !dwarf_bytes_left(&bytes);
}

static bool set_fp_words(struct unwind_rule *rule, int64_t offset)
{
    rule->fp_words = offset / 8;
    return offset == (int64_t)rule->fp_words * 8;
}

static bool set_cfa_words(struct unwind_rule *rule, int64_t offset)
{
    rule->cfa_words = offset / 8;
    return offset == (int64_t)rule->cfa_words * 8;
}

static bool set_fp_rule(struct unwind_rule *rule, const struct cfi_row *row)
{
    int64_t offset;
    switch (row->rule[MACHINE_FP]) {
    case CFI_SAME:
        return true;
    case CFI_AT_OFFSET:
        rule->fp_at_cfa = 1;
        return set_fp_words(rule, row->value[MACHINE_FP]);
    case CFI_AT_EXPRESSION:
        rule->fp_at_fp = 1;
        return fp_offset_of_expression(row, &offset) && set_fp_words(rule, offset);
    default:
        return false;
    }
}

/* `*(fp + offset)`: how gcc describes the CFA of a realigned frame. */
static bool is_load_from_fp(struct dwarf_bytes bytes, int64_t *offset)
{
    enum { BREG_FP = 0x70 + MACHINE_FP, DEREF = 0x06 };
    if (dwarf_fixed(&bytes, 1) != BREG_FP)
        return false;
    *offset = dwarf_signed(&bytes);
    return dwarf_fixed(&bytes, 1) == DEREF && !bytes.failed && !dwarf_bytes_left(&bytes);
}

/* PLT stubs say `sp + 8, or sp + 16 past the push`. At a given pc that is sp + offset: evaluated
   with two values of sp, it differs by as much. */
static bool is_offset_from_sp(struct dwarf_bytes bytes, uintptr_t pc, int64_t *offset)
{
    struct machine_registers registers = {.known = 0};
    struct dwarf_context context = {.registers = &registers};
    uintptr_t first, second;
    enum { PROBE = 1 << 20 };
    machine_set(&registers, MACHINE_PC, pc);
    machine_set(&registers, MACHINE_SP, PROBE);
    if (!dwarf_evaluate(bytes, &context, false, 0, &first))
        return false;
    machine_set(&registers, MACHINE_SP, 3 * PROBE);
    if (!dwarf_evaluate(bytes, &context, false, 0, &second))
        return false;
    *offset = (int64_t)first - PROBE;
    return second - first == 2 * PROBE;
}

static bool set_cfa_rule(struct unwind_rule *rule, const struct cfi_row *row, uintptr_t pc)
{
    int64_t offset = row->cfa_offset;
    if (!row->cfa_is_expression) {
        rule->kind = row->cfa_register == MACHINE_SP ? UNWIND_FROM_SP : UNWIND_FROM_FP;
        if (row->cfa_register != MACHINE_SP && row->cfa_register != MACHINE_FP)
            return false;
    } else if (is_load_from_fp(cfi_expression(row, row->cfa_expression), &offset)) {
        rule->kind = UNWIND_FROM_MEMORY;
    } else if (is_offset_from_sp(cfi_expression(row, row->cfa_expression), pc, &offset)) {
        rule->kind = UNWIND_FROM_SP;
    } else {
        return false;
    }
    return set_cfa_words(rule, offset);
}

static struct unwind_rule rule_of_row(const struct cfi_row *row, uintptr_t pc)
{
    struct unwind_rule rule = {.kind = UNWIND_OUTERMOST};
    if (row->rule[MACHINE_RETURN_COLUMN] == CFI_UNDEFINED)
        return rule;
    bool is_plain_return = row->rule[MACHINE_RETURN_COLUMN] == CFI_AT_OFFSET &&
                           row->value[MACHINE_RETURN_COLUMN] == MACHINE_RETURN_OFFSET &&
                           row->rule[MACHINE_SP] == CFI_SAME;
    if (!is_plain_return || !set_cfa_rule(&rule, row, pc) || !set_fp_rule(&rule, row))
        return (struct unwind_rule){.kind = UNWIND_ODD};
    return rule;
}

/*
 * A return address at the very start of a function, behind bytes that are no code, was not pushed
 * by a call. makecontext does this: its contexts return into a function that nothing called.
 */
static bool is_started_by_hand(const struct module_place *module, uintptr_t return_address)
{
    struct eh_frame_entry entry;
    return eh_frame_find(module, return_address, &entry) == EH_FRAME_FOUND &&
           entry.start == return_address;
}

static struct unwind_rule rule_in_module(const struct module_place *module, uintptr_t pc)
{
    struct eh_frame_entry entry;
    struct cfi_row row;
    switch (eh_frame_find(module, pc, &entry)) {
    case EH_FRAME_NONE:
        return (struct unwind_rule){.kind = is_started_by_hand(module, pc + 1) ? UNWIND_OUTERMOST
                                                                               : UNWIND_GUESS};
    case EH_FRAME_UNREADABLE:
        return (struct unwind_rule){.kind = UNWIND_ODD};
    default:
        break;
    }
    if (entry.is_signal_frame)
        return (struct unwind_rule){.kind = UNWIND_SIGNAL};
    if (!cfi_row_at(&entry, pc, &row))
        return (struct unwind_rule){.kind = UNWIND_ODD};
    return rule_of_row(&row, pc);
}

static unsigned fp_use_of(struct unwind_rule rule)
{
    bool uses_fp = rule.fp_at_fp || rule.kind == UNWIND_FROM_FP ||
                   rule.kind == UNWIND_FROM_MEMORY || rule.kind == UNWIND_GUESS ||
                   rule.kind == UNWIND_ODD;
    bool passes_fp = !rule.fp_at_cfa && !rule.fp_at_fp && rule.kind != UNWIND_SIGNAL &&
                     rule.kind != UNWIND_GUESS;
    return (uses_fp ? UNWIND_USES_FP : 0u) | (passes_fp ? UNWIND_PASSES_FP : 0u);
}

/* Code that is in no file (JIT) may be rewritten at any time, so its rules are not kept. */
__attribute__((noinline)) struct unwind_rule unwind_rule_make(uintptr_t address)
{
    struct module_place module;
    if (!modules_at(address, &module))
        return (struct unwind_rule){
            .kind = UNWIND_GUESS, .fp_use = UNWIND_USES_FP, .module = UNWIND_NO_MODULE};
    uint32_t generation = atomic_load(&modules_generation);
    struct unwind_rule rule = rule_in_module(&module, address);
    rule.fp_use = fp_use_of(rule) & 3;
    rule.is_plain = (rule.kind == UNWIND_FROM_SP || rule.kind == UNWIND_FROM_FP) && !rule.fp_at_fp;
    if (!rule.fp_at_cfa && !rule.fp_at_fp)
        rule.fp_words =
            MACHINE_RETURN_OFFSET / 8; /* always readable: plain_stack.c loads it unasked */
    rule.module = module.index < UNWIND_NO_MODULE ? module.index : UNWIND_NO_MODULE;
    uint64_t word;
    memcpy(&word, &rule, sizeof word);
    if (generation == atomic_load(&modules_generation))
        lossy_map_put(&unwind_rules_known, unwind_rule_key(address), word);
    return rule;
}

static bool is_stale(uint64_t key, uint64_t word)
{
    uint32_t module = modules_find(key - 1);
    return (module < UNWIND_NO_MODULE ? module : UNWIND_NO_MODULE) !=
           unwind_rule_of_word(word).module;
}

void unwind_rules_forget_unloaded(void)
{
    lossy_map_forget(&unwind_rules_known, is_stale);
}

void unwind_rules_restart_after_fork(void)
{
    lossy_map_restart_after_fork(&unwind_rules_known);
}
