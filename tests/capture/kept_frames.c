/* SPDX-License-Identifier: MIT */
/*
 * Stacks in turn whose inner frames are the same, but not who called the outermost of these:
 *
 * - one caller needs the frame pointer, which the kept frames saved and then used for something else; what
 *   it was in the stack before is of no use;
 * - the outermost of them realigned the stack: where its return address is stands in memory, so that only
 *   stepping from it again tells that it is another one.
 */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME __attribute__((noinline))

FRAME void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

/* passes_fp is at the same place under both, and they leave it different frame pointers. */
void under_plain_frame(void);
void under_frame_pointer(void);
__asm__(".text\n"
        "under_plain_frame:\n"
        "    .cfi_startproc\n"
        "    sub $24, %rsp\n"
        "    .cfi_adjust_cfa_offset 24\n"
        "    call passes_fp\n"
        "    add $24, %rsp\n"
        "    .cfi_adjust_cfa_offset -24\n"
        "    ret\n"
        "    .cfi_endproc\n"
        "under_frame_pointer:\n"
        "    .cfi_startproc\n"
        "    push %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    mov %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    sub $16, %rsp\n"
        "    call passes_fp\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    .cfi_restore %rbp\n"
        "    ret\n"
        "    .cfi_endproc\n"
        "passes_fp:\n"
        "    .cfi_startproc\n"
        "    sub $8, %rsp\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    call saves_fp\n"
        "    add $8, %rsp\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        "saves_fp:\n"
        "    .cfi_startproc\n"
        "    push %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    xor %ebp, %ebp\n"
        "    call allocate\n"
        "    pop %rbp\n"
        "    .cfi_def_cfa_offset 8\n"
        "    .cfi_restore %rbp\n"
        "    ret\n"
        "    .cfi_endproc\n");

static FRAME void realigned(size_t bytes)
{
    _Alignas(64) volatile char aligned[128];
    char *volatile room = alloca(bytes);
    aligned[0] = room[0] = 1;
    allocate();
    aligned[1] = room[0];
}

/* Two functions of one size. */
static FRAME void one_caller(void)
{
    realigned(32);
    __asm__ volatile("");
}

static FRAME void other_caller(void)
{
    realigned(32);
    __asm__ volatile("");
}

int main(void)
{
    for (int i = 0; i < 200; i++) {
        (i % 2 ? under_plain_frame : under_frame_pointer)();
        (i % 2 ? under_plain_frame : under_frame_pointer)();
    }
    for (int i = 0; i < 200; i++)
        (i % 2 ? one_caller : other_caller)();
    puts("done");
}
