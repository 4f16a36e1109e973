/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_X86_64_H
#define LEAKGRAPH_X86_64_H

/* machine.h for x86-64 with glibc. */

#include <cpuid.h>
#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum { MACHINE_ELF = EM_X86_64 };
/* What a program's addresses have at the most, as long as it does not ask for more. */
enum { MACHINE_ADDRESS_BITS = 47 };
#define MACHINE_LIBUNWIND_PREFIX "_Ux86_64_"

static inline uintptr_t machine_page_bytes(void)
{
    return 4096;
}

/* --- registers and frames --- */

enum machine_register {
    MACHINE_RBX = 3,
    MACHINE_FP = 6, /* rbp */
    MACHINE_SP = 7, /* rsp */
    MACHINE_PC = 16,
    MACHINE_REGISTERS = 17,
};

/* A call pushes the return address: it lies just below the frame's CFA, wherever fp was saved. */
enum { MACHINE_RETURN_COLUMN = MACHINE_PC, MACHINE_RETURN_OFFSET = -8 };

static inline uintptr_t machine_return_slot(uintptr_t cfa, uintptr_t fp_slot)
{
    (void)fp_slot;
    return cfa + (uintptr_t)MACHINE_RETURN_OFFSET;
}

/* The address in a word that a call has left: other processors sign it. */
static inline uintptr_t machine_return_pc(uintptr_t word)
{
    return word;
}

/* In a function with a frame pointer: the pair that it points to lies below the caller's sp. */
#define MACHINE_CALLER_SP() ((uintptr_t)__builtin_frame_address(0) + 16)

/* The callee-saved registers that a function with __builtin_unwind_init() saves as it begins: how
   many, and in words from its frame pointer the first. */
enum { MACHINE_SAVED_REGISTERS = 6, MACHINE_SAVED_FIRST = -5 };

/* Interrupted code may have written so far below its stack pointer. */
enum { MACHINE_RED_ZONE_BYTES = 128 };

typedef greg_t machine_word;
enum { MACHINE_CONTEXT_PC = REG_RIP, MACHINE_CONTEXT_SP = REG_RSP, MACHINE_CONTEXT_FP = REG_RBP };
enum { MACHINE_CONTEXT_REGISTERS = NGREG };

static inline const machine_word *machine_context_registers(const ucontext_t *context)
{
    return context->uc_mcontext.gregs;
}

/* The frame of a signal whose handler has returned to its restorer. */
static inline const machine_word *machine_signal_registers(uintptr_t sp)
{
    return machine_context_registers((const ucontext_t *)sp);
}

/* NULL: there is none. The kernel's frame holds the whole state; its size stands in the reserved
   bytes. */
const char *machine_extended_state(const ucontext_t *context, size_t *size_bytes);

static inline uintptr_t machine_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mov %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* glibc: where the thread pointer leads to, and how many bytes behind it lies the pointer to the
   list of the thread's storage for each module. */
enum { MACHINE_TLS_LIST_OFFSET = 8 };
/* glibc's descriptor of the thread begins there, too. */
enum { MACHINE_DESCRIPTOR_IS_BEFORE = false, MACHINE_DESCRIPTOR_ALIGNMENT = 64 };
/* What precedes the part of it that is the same for all processors. */
enum { MACHINE_DESCRIPTOR_HEADER_BYTES = 704 };

/* --- time and numbers --- */

/* Does the counter run on at one speed, whatever the processor does? */
static inline bool machine_has_counter(void)
{
    unsigned eax, ebx, ecx, edx = 0;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx >> 8 & 1);
}

/* The kernel keeps the counter as it is. */
enum { MACHINE_COUNTER_SHIFT = 0 };

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

static inline void machine_add64(uint64_t *number, uint64_t amount)
{
    __asm__("addq %1, %0" : "+m"(*number) : "re"(amount));
}

/* As atomic_compare_exchange_strong, in one instruction that does not lock the memory. */
static inline bool machine_exchange_alone(_Atomic uint64_t *word, uint64_t *found, uint64_t wanted)
{
    bool done;
    __asm__ volatile("cmpxchg %[wanted], %[word]"
                     : "+a"(*found), [word] "+m"(*word), "=@ccz"(done)
                     : [wanted] "r"(wanted)
                     : "memory");
    return done;
}

static inline void machine_or_alone(_Atomic uint64_t *word, uint64_t bits)
{
    __asm__ volatile("or %[bits], %[word]"
                     : [word] "+m"(*word)
                     : [bits] "r"(bits)
                     : "memory", "cc");
}

/* --- the kernel --- */

/* The kernel reads the new mask before it sees that it is not told what to do with it. Every
   sandbox allows this call. Returns a negative error; errno stays. */
static inline long machine_probe(uintptr_t address)
{
    enum { NO_SUCH_OPERATION = -1, MASK_BYTES = 8 };
    long result;
    register long mask_bytes __asm__("r10") = MASK_BYTES;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_rt_sigprocmask), "D"(NO_SUCH_OPERATION), "S"(address), "d"(0),
                       "r"(mask_bytes)
                     : "rcx", "r11", "memory");
    return result;
}

/* The system call that the interrupted code has made last: it is about to see EINTR. */
bool machine_call_is_interrupted(const ucontext_t *context);
/* Its number as the code before it tells; -1 when that does not. */
long machine_call_number(const ucontext_t *context);
/* It is the first argument on the stack of the function that called the one at hand. */
bool machine_call_is_passed_on(const ucontext_t *context);
machine_word *machine_call_argument(ucontext_t *context, int index);
/* Lets it begin again when the handler returns. */
void machine_call_again(ucontext_t *context, long number);

/* --- the loader --- */

/* Relocations that write the plain address of a symbol: a slot of the PLT, of the GOT, a pointer in
 * the data. */
static inline bool machine_is_address_relocation(unsigned long type)
{
    return type == 7 /* JUMP_SLOT */ || type == 6 /* GLOB_DAT */ || type == 1 /* 64 */;
}

/* A function of two arguments that jumps to where `choose`, called with the same two, tells. The
   stack is as for a call of the function, so what it jumps to sees the function's caller as its
   own. This is its whole body, and MACHINE_JUMPS its attribute. */
#define MACHINE_JUMPS __attribute__((naked))
#define MACHINE_JUMP_TO_CHOSEN(choose, first, second)                                              \
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
