/* SPDX-License-Identifier: MIT */
#include "preload/base/probe.h"

#include <errno.h>

#include "preload/arch/machine.h"

bool probe_is_readable(uintptr_t address)
{
    return machine_probe(address) != -EFAULT;
}
