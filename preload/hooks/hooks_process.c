/* SPDX-License-Identifier: MIT */
/*
 * The ends of a process that no destructor sees: _exit, abort, daemon. And where exit() or
 * quick_exit() was called or main returned, because the stack below is dead when our handlers run.
 */
#include "preload/recording/next.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/blocks/saved_registers.h"
#include "preload/process/process_end.h"
#include "preload/recording/process_mark.h"
#include "preload/snapshot/snapshot.h"

static void ends(enum recording_ended ended, int status, const struct saved_registers *caller)
{
    if (!process_is_itself())
        return;
    snapshot_stack_ends_at(caller);
    process_ends(ended, status, NULL);
}

/* Handlers run first: the snapshot comes after them. */
static void will_exit(int status, const struct saved_registers *caller)
{
    if (!process_is_recording())
        return;
    snapshot_stack_ends_at(caller);
    process_note_exit_status(status & 0xff);
}

HOOK _Noreturn void _exit(int status)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    ends(RECORDING_EXIT, status & 0xff, &caller);
    NEXT(_exit)(status);
    __builtin_unreachable();
}

HOOK _Noreturn void _Exit(int status)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    ends(RECORDING_EXIT, status & 0xff, &caller);
    NEXT(_Exit)(status);
    __builtin_unreachable();
}

HOOK _Noreturn void quick_exit(int status)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    will_exit(status, &caller);
    NEXT(quick_exit)(status);
    __builtin_unreachable();
}

/* Our handler of SIGABRT takes the snapshot, unless the program has a handler of its own. */
HOOK _Noreturn void abort(void)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    struct sigaction now;
    bool has_handler = sigaction(SIGABRT, NULL, &now) == 0 && now.sa_handler != SIG_DFL;
    if (has_handler)
        ends(RECORDING_SIGNAL, SIGABRT, &caller);
    else if (process_is_recording())
        snapshot_stack_ends_at(&caller);
    NEXT(abort)();
    __builtin_unreachable();
}

HOOK _Noreturn void exit(int status)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    will_exit(status, &caller);
    NEXT(exit)(status);
    __builtin_unreachable();
}

/* libc's daemon forks and leaves the parent with an _exit of its own that nobody sees. */
HOOK int daemon(int keep_directory, int keep_streams)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    ends(RECORDING_EXIT, 0, &caller);
    int failure = NEXT(daemon)(keep_directory, keep_streams);
    if (process_is_itself()) /* it failed; the child has not begun to record */
        process_goes_on();
    return failure;
}

static int (*program_main)(int, char **, char **);

static int main_returns(int count, char **arguments, char **environment)
{
    process_main_begins();
    int status = program_main(count, arguments, environment);
    struct saved_registers here = {.caller.sp = (uintptr_t)__builtin_frame_address(0)};
    will_exit(status, &here);
    return status;
}

typedef int start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                       void (*)(void), void *);
HOOK start_main __libc_start_main;

HOOK int __libc_start_main(int (*main)(int, char **, char **), int count, char **arguments,
                           void (*init)(void), void (*fini)(void), void (*loader_fini)(void),
                           void *stack_end)
{
    program_main = main;
    return ((start_main *)next_definition("__libc_start_main"))(main_returns, count, arguments,
                                                                init, fini, loader_fini, stack_end);
}
