/* SPDX-License-Identifier: MIT */
#include "preload/base/probe.h"

#include <sys/syscall.h>

/* The kernel reads the new mask before it sees that it is not told what to do with it. Every
   sandbox allows this call. */
bool probe_is_readable(uintptr_t address)
{
    enum { NO_SUCH_OPERATION = -1, MASK_BYTES = 8 };
    long result;
    register long mask_bytes __asm__("r10") = MASK_BYTES;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_rt_sigprocmask), "D"(NO_SUCH_OPERATION), "S"(address), "d"(0),
                       "r"(mask_bytes)
                     : "rcx", "r11", "memory");
    enum { BAD_ADDRESS = -14 };
    return result != BAD_ADDRESS;
}
