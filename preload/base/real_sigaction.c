/* SPDX-License-Identifier: MIT */
#include "preload/base/real_sigaction.h"

#include <dlfcn.h>

int real_sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
    static int (*real)(int, const struct sigaction *, struct sigaction *);
    if (!real)
        real = (int (*)(int, const struct sigaction *, struct sigaction *))dlsym(RTLD_NEXT,
                                                                                 "sigaction");
    return real(number, action, before);
}
