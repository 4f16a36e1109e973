/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/real_sigaction.h"
#include "preload/base/memory_calls.h"

uint64_t scan_guard_unreadable_bytes;
struct scan_guard_range scan_guard_range;

static sigjmp_buf after_fault;
static volatile sig_atomic_t is_reading;

/* The program has protected the page, which is still there. Once: another fault has another cause.
 */
static bool take_protection_off(const siginfo_t *info, uintptr_t page)
{
    static uintptr_t last_page = 1;
    if (info->si_signo != SIGSEGV || page == last_page)
        return false;
    last_page = page;
    if (info->si_code == SEGV_PKUERR)
        return syscall(SYS_pkey_mprotect, page, machine_page_bytes(), PROT_READ, 0) == 0;
    return info->si_code == SEGV_ACCERR &&
           syscall(SYS_mprotect, page, machine_page_bytes(), PROT_READ) == 0;
}

static bool put_zeros(uintptr_t page)
{
    uintptr_t start = scan_guard_range.start, end = scan_guard_range.end;
    uintptr_t page_end = page + machine_page_bytes();
    scan_guard_unreadable_bytes +=
        (page_end < end ? page_end : end) - (page > start ? page : start);
    return memory_call_map((void *)page, machine_page_bytes(), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr, page = machine_page_of(address);
    bool is_expected = address >= scan_guard_range.start && address < scan_guard_range.end;
    if (is_expected && (take_protection_off(info, page) || put_zeros(page)))
        return;
    if (is_reading)
        siglongjmp(after_fault, 1);
    _exit(128 + number);
}

void scan_guard_start(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigset_t allowed;
    sigemptyset(&allowed);
    static const int faults[] = {SIGSEGV, SIGBUS};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        real_sigaction(faults[i], &action, NULL);
        sigaddset(&allowed, faults[i]);
    }
    sigprocmask(SIG_UNBLOCK, &allowed, NULL);
}

bool scan_guard_call(void (*function)(void *), void *context)
{
    if (sigsetjmp(after_fault, 0)) {
        is_reading = 0;
        scan_guard_range.start = scan_guard_range.end = 0;
        return false;
    }
    is_reading = 1;
    function(context);
    is_reading = 0;
    return true;
}
