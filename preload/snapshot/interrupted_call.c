/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/interrupted_call.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/clock.h"
#include "preload/base/probe.h"
#include "preload/unwind/stack_walk.h"

/* Further from the noted frame than this, the stack is not that of the hook's own call any more. */
enum { ABOVE_BYTES = 256, BELOW_BYTES = 4096 };

static __thread struct interrupted_call_wait waiting;
/* What a timespec argument is replaced by: read by the kernel when the call begins again. */
static __thread struct timespec left;

struct interrupted_call_wait interrupted_call_begin(uint64_t timeout_ns)
{
    struct interrupted_call_wait before = waiting;
    waiting.frame = (uintptr_t)__builtin_frame_address(0);
    waiting.ends_ns = clock_ns() + timeout_ns;
    return before;
}

void interrupted_call_end(struct interrupted_call_wait before)
{
    waiting = before;
}

enum timeout_kind {
    AS_IT_IS, /* none, absolute, or the kernel has already put there what is left */
    MILLISECONDS,
    TIMESPEC,
    SLEEP, /* a timespec, and the kernel fills the argument behind it when that is not NULL */
};

/* The calls that a handler makes fail with EINTR, signal(7), and may begin again. */
static const struct restartable {
    int number;
    enum timeout_kind kind;
    int argument; /* where the timeout is */
} restartable[] = {
#ifdef SYS_poll /* newer processors have only what takes the place of these */
    {SYS_poll, MILLISECONDS, 2},        {SYS_epoll_wait, MILLISECONDS, 3},
    {SYS_select, AS_IT_IS, 4},          {SYS_pause, AS_IT_IS, 0},
#endif
    {SYS_epoll_pwait, MILLISECONDS, 3}, {SYS_epoll_pwait2, TIMESPEC, 3},
    {SYS_nanosleep, SLEEP, 0},          {SYS_clock_nanosleep, SLEEP, 2},
    {SYS_rt_sigtimedwait, TIMESPEC, 2}, {SYS_semtimedop, TIMESPEC, 3},
    {SYS_pselect6, AS_IT_IS, 4},        {SYS_ppoll, AS_IT_IS, 2},
    {SYS_futex, AS_IT_IS, 3},           {SYS_futex_waitv, AS_IT_IS, 3},
    {SYS_semop, AS_IT_IS, 0},           {SYS_msgrcv, AS_IT_IS, 0},
    {SYS_msgsnd, AS_IT_IS, 0},          {SYS_rt_sigsuspend, AS_IT_IS, 0},
    {SYS_io_getevents, AS_IT_IS, 4},    {SYS_io_uring_enter, AS_IT_IS, 0},
    {SYS_accept, AS_IT_IS, 0},          {SYS_accept4, AS_IT_IS, 0},
    {SYS_connect, AS_IT_IS, 0},         {SYS_recvfrom, AS_IT_IS, 0},
    {SYS_recvmsg, AS_IT_IS, 0},         {SYS_recvmmsg, AS_IT_IS, 0},
    {SYS_sendto, AS_IT_IS, 0},          {SYS_sendmsg, AS_IT_IS, 0},
    {SYS_sendmmsg, AS_IT_IS, 0},
};

static const struct restartable *find(long number)
{
    for (size_t i = 0; i < sizeof restartable / sizeof *restartable; i++)
        if (restartable[i].number == number)
            return &restartable[i];
    return NULL;
}

/* A signal of the program's own waits to be taken: its handler may count on the EINTR. */
static bool program_has_a_signal(const ucontext_t *context, int our_signal)
{
    uint64_t pending = 0, blocked;
    __builtin_memcpy(&blocked, &context->uc_sigmask, sizeof blocked);
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    pending &= ~blocked & ~(1ull << (our_signal - 1));
    return pending != 0;
}

static uint64_t left_ns(uintptr_t stack_pointer)
{
    uint64_t now_ns = clock_ns();
    if (!waiting.ends_ns || stack_pointer > waiting.frame + ABOVE_BYTES ||
        stack_pointer + BELOW_BYTES < waiting.frame)
        return UINT64_MAX;
    return waiting.ends_ns > now_ns ? waiting.ends_ns - now_ns : 0;
}

static void set_timespec(machine_word *argument, uint64_t time_ns)
{
    left = (struct timespec){(time_t)(time_ns / 1000000000u), (long)(time_ns % 1000000000u)};
    *argument = (machine_word)(uintptr_t)&left;
}

static bool is_absolute(ucontext_t *context, long number)
{
    return number == SYS_clock_nanosleep && (*machine_call_argument(context, 1) & TIMER_ABSTIME);
}

static void shorten(ucontext_t *context, const struct restartable *call)
{
    machine_word *timeout = machine_call_argument(context, call->argument);
    uint64_t time_ns = left_ns((uintptr_t)machine_context_registers(context)[MACHINE_CONTEXT_SP]);
    if (call->kind == SLEEP && !is_absolute(context, call->number)) {
        const struct timespec *rest =
            (const struct timespec *)*machine_call_argument(context, call->argument + 1);
        if (rest) {
            left = *rest; /* the call reads the one and writes the other: they may be the same */
            *timeout = (machine_word)(uintptr_t)&left;
        } else if (time_ns != UINT64_MAX) {
            set_timespec(timeout, time_ns);
        }
    } else if (call->kind == TIMESPEC && *timeout && time_ns != UINT64_MAX) {
        set_timespec(timeout, time_ns);
    } else if (call->kind == MILLISECONDS && (int)*timeout > 0 && time_ns != UINT64_MAX) {
        *timeout = (machine_word)((time_ns + 999999) / 1000000);
    }
}

/* What the caller of the interrupted function was called with; -1 when that is not found. */
static long number_passed_on(const ucontext_t *context)
{
    const machine_word *registers = machine_context_registers(context);
    struct call_frame start = {.pc = (uintptr_t)registers[MACHINE_CONTEXT_PC],
                               .sp = (uintptr_t)registers[MACHINE_CONTEXT_SP],
                               .fp = (uintptr_t)registers[MACHINE_CONTEXT_FP]};
    struct call_frame at = start;
    struct stack_walk walk;
    struct stack_link link;
    stack_walk_begin(&walk, &start, NULL);
    stack_walk_move(&walk, start.sp, true, true);
    for (int frames = 0; frames < 2; frames++) {
        struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
        if (stack_walk_step(&walk, &at, rule, &link) != STACK_STEP_CALLER)
            return -1;
    }
    return probe_is_readable(at.sp) ? *(const long *)at.sp : -1;
}

static long number_of(const ucontext_t *context)
{
    return machine_call_is_passed_on(context) ? number_passed_on(context)
                                              : machine_call_number(context);
}

void interrupted_call_resume(ucontext_t *context, long number, uintptr_t next, int our_signal)
{
    if (!machine_call_is_interrupted(context))
        return;
    if (number < 0 || next != (uintptr_t)machine_context_registers(context)[MACHINE_CONTEXT_PC])
        number = number_of(context);
    const struct restartable *call = find(number);
    if (!call || program_has_a_signal(context, our_signal))
        return;
    shorten(context, call);
    machine_call_again(context, number);
}
