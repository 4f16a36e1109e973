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

/* Overwrites the stack below its caller; far enough for what malloc and the recorder left there. */
NOINLINE __attribute__((unused)) static void scrub_stack(void)
{
    volatile char dead[48 * 1024];
    for (size_t i = 0; i < sizeof dead; i++)
        dead[i] = 0;
}

/* Registers last, in the caller: a function gives the callee-saved ones back as it found them. */
#if defined(__x86_64__)
#define SCRUB_REGISTERS()                                                                                \
    __asm__ volatile("xor %%eax, %%eax\n xor %%ebx, %%ebx\n xor %%ecx, %%ecx\n xor %%edx, %%edx\n"       \
                     "xor %%esi, %%esi\n xor %%edi, %%edi\n xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n"       \
                     "xor %%r10d, %%r10d\n xor %%r11d, %%r11d\n xor %%r12d, %%r12d\n"                    \
                     "xor %%r13d, %%r13d\n xor %%r14d, %%r14d\n xor %%r15d, %%r15d\n"                    \
                     "pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm2, %%xmm2\n"                 \
                     "pxor %%xmm3, %%xmm3\n pxor %%xmm4, %%xmm4\n pxor %%xmm5, %%xmm5\n"                 \
                     "pxor %%xmm6, %%xmm6\n pxor %%xmm7, %%xmm7\n pxor %%xmm8, %%xmm8\n"                 \
                     "pxor %%xmm9, %%xmm9\n pxor %%xmm10, %%xmm10\n pxor %%xmm11, %%xmm11\n"             \
                     "pxor %%xmm12, %%xmm12\n pxor %%xmm13, %%xmm13\n pxor %%xmm14, %%xmm14\n"           \
                     "pxor %%xmm15, %%xmm15"                                                             \
                     :                                                                                   \
                     :                                                                                   \
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", \
                       "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",     \
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory")
#else
#define SCRUB_REGISTERS()                                                                                \
    __asm__ volatile("mov x19, 0\n mov x20, 0\n mov x21, 0\n mov x22, 0\n mov x23, 0\n mov x24, 0\n"     \
                     "mov x25, 0\n mov x26, 0\n mov x27, 0\n mov x28, 0"                                 \
                     :                                                                                   \
                     :                                                                                   \
                     : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "memory")
#endif

#define SCRUB()                                                                                          \
    do {                                                                                                 \
        scrub_stack();                                                                                   \
        SCRUB_REGISTERS();                                                                               \
    } while (0)

#endif
