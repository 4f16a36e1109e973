/* SPDX-License-Identifier: MIT */
#include "preload/scan_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "preload/fatal_signals.h"

uint64_t scan_guard_unreadable_bytes;

static sigjmp_buf after_fault;
static volatile sig_atomic_t is_reading;

static void on_fault(int number)
{
    if (is_reading)
        siglongjmp(after_fault, 1);
    _exit(128 + number);
}

void scan_guard_start(void)
{
    struct sigaction action = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    sigset_t allowed;
    sigemptyset(&allowed);
    static const int faults[] = {SIGSEGV, SIGBUS};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        fatal_signals_real_action(faults[i], &action, NULL);
        sigaddset(&allowed, faults[i]);
    }
    sigprocmask(SIG_UNBLOCK, &allowed, NULL);
}

void scan_guard_words(uintptr_t start, uintptr_t end, scan_guard_visitor *visit, void *context)
{
    volatile uintptr_t at = (start + 7) & ~(uintptr_t)7;
    if (sigsetjmp(after_fault, 0)) {
        uintptr_t next = (at | 4095) + 1;
        scan_guard_unreadable_bytes += (next < end ? next : end) - at;
        at = next;
    }
    while (at + 8 <= end) {
        uintptr_t page_end = (at | 4095) + 1, stop = page_end < end ? page_end : end;
        is_reading = 1;
        uintptr_t first = *(const volatile uintptr_t *)at; /* a fault comes here, before any visit */
        is_reading = 0;
        visit(first, at, context);
        for (uintptr_t where = at + 8; where + 8 <= stop; where += 8)
            visit(*(const uintptr_t *)where, where, context);
        at = stop;
    }
}

bool scan_guard_call(void (*function)(void *), void *context)
{
    if (sigsetjmp(after_fault, 0)) {
        is_reading = 0;
        return false;
    }
    is_reading = 1;
    function(context);
    is_reading = 0;
    return true;
}
