/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MACHINE_H
#define LEAKGRAPH_MACHINE_H

/*
 * All that the shim knows about the processor. Each processor has a header here, x86_64.h, and what
 * needs no speed beside it, x86_64.c; a port adds such a pair and its line below. They provide:
 *
 *     MACHINE_FP, _SP, _PC, MACHINE_REGISTERS    DWARF's numbers, and how many the shim follows
 *     MACHINE_RETURN_COLUMN, _RETURN_OFFSET      where unwind tables say the return address is
 *     machine_return_slot, machine_return_pc     where it lies on the stack; as a plain address
 *     MACHINE_CALLER_SP, MACHINE_RED_ZONE_BYTES  sp of a function's caller; what lies below sp
 *     MACHINE_SAVED_REGISTERS, _SAVED_FIRST      where a function saves what is its caller's
 *     machine_context_registers                  of interrupted code; MACHINE_CONTEXT_FP, _SP, _PC
 *     machine_signal_registers                   the same, found from the sp of a signal frame
 *     machine_extended_state                     of interrupted code: the vector registers
 *     machine_thread_pointer, _TLS_LIST_OFFSET   and where glibc's list of storage lies behind it
 *     MACHINE_DESCRIPTOR_...                     glibc's struct pthread: before or at the pointer
 *     machine_has_counter, machine_counter       time, cheap enough for every event, in ticks of
 *     MACHINE_COUNTER_SHIFT                      roughly a nanosecond: so far shifted left
 *     machine_add, machine_add64                 in one instruction, the first with its carry
 *     machine_exchange_alone, machine_or_alone   atomic against signal handlers of one thread only
 *     machine_probe                              a system call that tells whether a word is there
 *     machine_call_...                           the system call that a signal interrupted
 *     machine_is_address_relocation, MACHINE_JUMP_TO_CHOSEN, MACHINE_JUMPS   for hooks of the
 * loader MACHINE_ELF, MACHINE_ADDRESS_BITS, machine_page_bytes, MACHINE_LIBUNWIND_PREFIX
 *
 * This room knows nothing of the others.
 */

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#if defined(__x86_64__)
#include "preload/arch/x86_64.h"
#else
#error "no port to this machine yet: see above"
#endif

/* The values of some registers in one frame. */
struct machine_registers {
    uintptr_t value[MACHINE_REGISTERS];
    uint64_t known; /* bit i: value[i] holds */
};

static inline bool machine_knows(const struct machine_registers *registers, unsigned reg)
{
    return reg < MACHINE_REGISTERS && registers->known >> reg & 1;
}

static inline void machine_set(struct machine_registers *registers, unsigned reg, uintptr_t value)
{
    registers->value[reg] = value;
    registers->known |= (uint64_t)1 << reg;
}

/* The kernel's pages, not those of the recording's format. */
static inline uintptr_t machine_page_of(uintptr_t address)
{
    return address & ~(machine_page_bytes() - 1);
}

static inline uintptr_t machine_page_end(uintptr_t address)
{
    return machine_page_of(address + machine_page_bytes() - 1);
}

#endif
