/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TESTS_PROGRAM_H
#define LEAKGRAPH_TESTS_PROGRAM_H

/*
 * What the test programs need so that the same facts hold at -O0 and -O2: a leaked block must leave no
 * pointer behind in a dead stack slot or a register, or a conservative search rightly calls it reachable.
 * Lose blocks in a NOINLINE function, then SCRUB() in its caller:
 *
 *     NOINLINE static void lose_one(void) { launder(malloc(100)); }
 *     int main(void) { lose_one(); SCRUB(); return 0; }
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noipa)) /* a site must keep its name: no clones either */
#endif

/* The compiler can neither see where the pointer came from nor drop the allocation. */
static inline void *launder(void *pointer)
{
    __asm__ volatile("" : "+r"(pointer) : : "memory");
    return pointer;
}

/* A pointer that no search can see. */
static inline uintptr_t hide(void *pointer)
{
    return ~(uintptr_t)launder(pointer);
}

static inline void *unhide(uintptr_t hidden)
{
    return launder((void *)~hidden);
}

/*
 * Zeroes 48 KB of stack below its caller, where malloc and the recorder may have left pointers, and the
 * registers. In assembler and in the caller itself: a function would step over the padding of its
 * own frame and give the callee-saved registers back as it found them. Needs -mno-red-zone.
 */
#if defined(__x86_64__)
#define SCRUB()                                                                                          \
    __asm__ volatile("sub $49152, %%rsp\n mov %%rsp, %%rdi\n mov $6144, %%ecx\n xor %%eax, %%eax\n"      \
                     "rep stosq\n mov %%rdi, %%rsp\n xor %%edi, %%edi\n"                                 \
                     "xor %%ebx, %%ebx\n xor %%edx, %%edx\n xor %%esi, %%esi\n xor %%r8d, %%r8d\n"       \
                     "xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n xor %%r11d, %%r11d\n"                     \
                     "xor %%r12d, %%r12d\n xor %%r13d, %%r13d\n xor %%r14d, %%r14d\n"                   \
                     "xor %%r15d, %%r15d\n"                                                              \
                     "pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm2, %%xmm2\n"                \
                     "pxor %%xmm3, %%xmm3\n pxor %%xmm4, %%xmm4\n pxor %%xmm5, %%xmm5\n"                \
                     "pxor %%xmm6, %%xmm6\n pxor %%xmm7, %%xmm7\n pxor %%xmm8, %%xmm8\n"                \
                     "pxor %%xmm9, %%xmm9\n pxor %%xmm10, %%xmm10\n pxor %%xmm11, %%xmm11\n"            \
                     "pxor %%xmm12, %%xmm12\n pxor %%xmm13, %%xmm13\n pxor %%xmm14, %%xmm14\n"          \
                     "pxor %%xmm15, %%xmm15"                                                             \
                     :                                                                                   \
                     :                                                                                   \
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", \
                       "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",     \
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory")
#else
#define SCRUB()                                                                                          \
    __asm__ volatile("mov x9, sp\n sub x10, sp, #12, lsl #12\n"                                          \
                     "1: stp xzr, xzr, [x9, #-16]!\n cmp x9, x10\n b.hi 1b\n"                            \
                     "mov x19, 0\n mov x20, 0\n mov x21, 0\n mov x22, 0\n mov x23, 0\n mov x24, 0\n"     \
                     "mov x25, 0\n mov x26, 0\n mov x27, 0\n mov x28, 0"                                 \
                     :                                                                                   \
                     :                                                                                   \
                     : "x9", "x10", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",       \
                       "x28", "cc", "memory")
#endif

#endif
