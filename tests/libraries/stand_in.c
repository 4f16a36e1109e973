/* SPDX-License-Identifier: MIT */
/* Stands for libdbus and for a driver of Mesa: loses blocks while it is loaded, in a function that sets something up
 * for good, in a thread of its own, and in functions whose result is the caller's. */
#include <pthread.h>

#include "tests/programs/program.h"
#include <stdlib.h>

NOINLINE static void keep(size_t size)
{
    launder(malloc(size));
}

__attribute__((constructor)) static void loaded(void)
{
    keep(1001);
    SCRUB();
}

NOINLINE void dbus_set_error(void)
{
    keep(2002);
}

NOINLINE void dbus_bus_get(int fails)
{
    keep(1003);
    if (fails)
        dbus_set_error();
}

NOINLINE void eglInitialize(void (*callback)(void))
{
    keep(1004);
    if (callback)
        callback();
}

NOINLINE void eglCreateContext(void)
{
    keep(2005);
}

static void *work(void *unused)
{
    keep(1006);
    SCRUB();
    return unused;
}

NOINLINE void run_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
