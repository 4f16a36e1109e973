/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MACHINE_H
#define LEAKGRAPH_MACHINE_H

/*
 * All that the shim knows about the processor: its counter of time, and for the stack walk DWARF's
 * register numbers, where a call leaves its return address and what the kernel leaves on the stack
 * for a signal handler.
 */

#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#ifndef __x86_64__
#error "no port to this machine yet: write its part of machine.h"
#endif

enum machine_register {
    MACHINE_RBX = 3,
    MACHINE_FP = 6, /* rbp */
    MACHINE_SP = 7, /* rsp */
    MACHINE_PC = 16,
    MACHINE_REGISTERS = 17,
};

/* A call pushes the return address: it lies just below the frame's CFA. */
enum { MACHINE_RETURN_OFFSET = -8 };

/* Interrupted code may have written so far below its stack pointer. */
enum { MACHINE_RED_ZONE_BYTES = 128 };

/* The values of some registers in one frame. */
struct machine_registers {
    uintptr_t value[MACHINE_REGISTERS];
    uint32_t known; /* bit i: value[i] holds */
};

static inline uintptr_t machine_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* glibc: where the thread pointer leads to, and how many bytes behind it lies the pointer to the
   list of the thread's storage for each module. */
enum { MACHINE_TLS_LIST_OFFSET = 8 };

/* Where a signal frame whose handler has returned to its restorer keeps what was interrupted. */
static inline const greg_t *machine_signal_registers(uintptr_t sp)
{
    return ((const ucontext_t *)sp)->uc_mcontext.gregs;
}

enum { MACHINE_SIGNAL_PC = REG_RIP, MACHINE_SIGNAL_SP = REG_RSP, MACHINE_SIGNAL_FP = REG_RBP };

/* Does the counter run on at one speed, whatever the processor does? */
static inline bool machine_has_counter(void)
{
    unsigned eax, ebx, ecx, edx = 0;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx >> 8 & 1);
}

static inline uint64_t machine_counter(void)
{
    return __builtin_ia32_rdtsc();
}

/* Adds in one instruction, so that a signal handler that adds meanwhile is not lost; tells whether
   there is a carry. */
static inline bool machine_add(uint32_t *number, uint32_t amount)
{
    bool carry;
    __asm__("addl %2, %0" : "+m"(*number), "=@ccc"(carry) : "ri"(amount));
    return carry;
}

/* Relocations that write the plain address of a symbol: a slot of the PLT, of the GOT, a pointer in
 * the data. */
static inline bool machine_is_address_relocation(unsigned long type)
{
    return type == 7 /* JUMP_SLOT */ || type == 6 /* GLOB_DAT */ || type == 1 /* 64 */;
}

/* The whole body of a naked function of two arguments: jumps to where `choose`, called with the
   same two, tells. The stack is as for a call of the function, so what it jumps to sees the
   function's caller as its own. */
#define MACHINE_JUMP_TO_CHOSEN(choose)                                                             \
    __asm__ volatile("push %%rdi\n\t.cfi_adjust_cfa_offset 8\n\t"                                  \
                     "push %%rsi\n\t.cfi_adjust_cfa_offset 8\n\t"                                  \
                     "sub $8, %%rsp\n\t.cfi_adjust_cfa_offset 8\n\t"                               \
                     "call %P0\n\t"                                                                \
                     "add $8, %%rsp\n\t.cfi_adjust_cfa_offset -8\n\t"                              \
                     "pop %%rsi\n\t.cfi_adjust_cfa_offset -8\n\t"                                  \
                     "pop %%rdi\n\t.cfi_adjust_cfa_offset -8\n\t"                                  \
                     "jmp *%%rax"                                                                  \
                     :                                                                             \
                     : "i"(choose))

#endif
