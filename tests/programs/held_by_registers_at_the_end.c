/* SPDX-License-Identifier: MIT */
/*
 * A variable of the function that ends the process may be in a callee-saved register and nowhere
 * else, since no function on the way stored it. Each child ends its own way, with a block in each
 * such register; none is lost.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void end_by_exit(void)
{
    exit(0);
}

NOINLINE static void end_by_underscore_exit(void)
{
    _exit(0);
}

NOINLINE static void end_by_capital_exit(void)
{
    _Exit(0);
}

NOINLINE static void end_by_quick_exit(void)
{
    quick_exit(0);
}

NOINLINE static void end_by_abort(void)
{
    abort();
}

NOINLINE static void end_by_exec(void)
{
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    execve("/bin/true", arguments, environment);
}

NOINLINE static void end_by_variadic_exec(void)
{
    char *environment[] = {NULL};
    execle("/bin/true", "true", (char *)NULL, environment);
}

static void (*const ends[])(void) = {
    end_by_exit,  end_by_underscore_exit, end_by_capital_exit,  end_by_quick_exit,
    end_by_abort, end_by_exec,            end_by_variadic_exec,
};

/* Blocks of 100, 101, ... bytes go into the registers; what the stack held of them is cleared. */
NOINLINE static void hold_and_end(void (*end)(void))
{
    uintptr_t hidden[6];
    for (size_t i = 0; i < 6; i++)
        hidden[i] = hide(malloc(100 + i));
    SCRUB();
#if defined(__x86_64__)
    __asm__ volatile("mov %[end], %%rax\n"
                     "mov 0(%[hidden]), %%rbx\n not %%rbx\n"
                     "mov 8(%[hidden]), %%r12\n not %%r12\n"
                     "mov 16(%[hidden]), %%r13\n not %%r13\n"
                     "mov 24(%[hidden]), %%r14\n not %%r14\n"
                     "mov 32(%[hidden]), %%r15\n not %%r15\n"
                     "mov 40(%[hidden]), %%rbp\n not %%rbp\n"
                     "and $-16, %%rsp\n call *%%rax\n ud2"
                     :
                     : [end] "r"(end), [hidden] "r"(hidden)
                     : "rax", "rbx", "r12", "r13", "r14", "r15", "memory");
#else
    __asm__ volatile("mov x9, %[end]\n mov x10, %[hidden]\n"
                     "ldp x19, x20, [x10]\n mvn x19, x19\n mvn x20, x20\n"
                     "ldp x21, x22, [x10, #16]\n mvn x21, x21\n mvn x22, x22\n"
                     "ldp x23, x24, [x10, #32]\n mvn x23, x23\n mvn x24, x24\n"
                     "blr x9\n brk #1"
                     :
                     : [end] "r"(end), [hidden] "r"(hidden)
                     : "x9", "x10", "x19", "x20", "x21", "x22", "x23", "x24", "x30", "memory");
#endif
}

int main(void)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (fork() == 0)
            hold_and_end(ends[i]);
        wait(NULL);
    }
    return 0;
}
