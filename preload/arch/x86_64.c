/* SPDX-License-Identifier: MIT */
#ifdef __x86_64__
#include "preload/arch/x86_64.h"

#include <errno.h>
#include <string.h>

const char *machine_extended_state(const ucontext_t *context, size_t *size_bytes)
{
    enum {
        MAGIC_AT = 464,
        SIZE_AT = 468,
        MAGIC = 0x46505853,
        LEAST_BYTES = 512,
        MOST_BYTES = 65536
    };
    const char *state = (const char *)context->uc_mcontext.fpregs;
    uint32_t magic, size;
    if (!state)
        return NULL;
    memcpy(&magic, state + MAGIC_AT, sizeof magic);
    memcpy(&size, state + SIZE_AT, sizeof size);
    *size_bytes = magic == MAGIC && size <= MOST_BYTES ? size : LEAST_BYTES;
    return state;
}

/* --- the system call that a signal interrupted --- */

enum { SYSCALL_BYTES = 2 };

/* mov disp8(%rsp), register: 4 bytes, and one more before them for the wide registers. */
static bool ends_with_load(const unsigned char *end)
{
    return end[-4] == 0x8b && (end[-3] & 0xc7) == 0x44 && end[-2] == 0x24;
}

/* syscall, and before it what most of libc's calls have: mov $number, %eax. Those that may be
   cancelled have called a function before, and take arguments back from the stack in between.
   glibc from 2.41 on has one function for all of these, and the number is its last argument. */
static long number_before(const unsigned char *next, uintptr_t sp)
{
    enum { LOAD_BYTES = 4, ARGUMENTS = 6 };
    static const unsigned char load_number[] = {0x48, 0x8b, 0x44, 0x24}; /* mov disp8(%rsp), %rax */
    const unsigned char *end = next - SYSCALL_BYTES;
    if (memcmp(end - 1 - sizeof load_number, load_number, sizeof load_number) == 0)
        return *(const long *)(sp + end[-1]);
    for (int i = 0; i < ARGUMENTS && ends_with_load(end); i++) {
        end -= LOAD_BYTES;
        end -= (end[-1] & 0xf0) == 0x40; /* REX; a number's highest byte is 0 */
    }
    if (end[-5] != 0xb8)
        return -1;
    return (long)end[-4] | (long)end[-3] << 8 | (long)end[-2] << 16 | (long)end[-1] << 24;
}

bool machine_call_is_interrupted(const ucontext_t *context)
{
    const greg_t *registers = context->uc_mcontext.gregs;
    const unsigned char *next = (const unsigned char *)registers[REG_RIP];
    return registers[REG_RAX] == -EINTR && next[-2] == 0x0f && next[-1] == 0x05;
}

long machine_call_number(const ucontext_t *context)
{
    const greg_t *registers = context->uc_mcontext.gregs;
    return number_before((const unsigned char *)registers[REG_RIP], (uintptr_t)registers[REG_RSP]);
}

/* That function calls another as soon as there is a second thread, which ends with mov %r11,
   8(%rsp); syscall; ret. */
bool machine_call_is_passed_on(const ucontext_t *context)
{
    static const unsigned char end[] = {0x4c, 0x89, 0x5c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
    const char *next = (const char *)context->uc_mcontext.gregs[REG_RIP];
    return memcmp(next + 1 - sizeof end, end, sizeof end) == 0;
}

machine_word *machine_call_argument(ucontext_t *context, int index)
{
    static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
    return &context->uc_mcontext.gregs[registers[index]];
}

void machine_call_again(ucontext_t *context, long number)
{
    context->uc_mcontext.gregs[REG_RAX] = number;
    context->uc_mcontext.gregs[REG_RIP] -= SYSCALL_BYTES;
}

#endif
