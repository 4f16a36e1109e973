/* SPDX-License-Identifier: MIT */
/* Calls the library that stands for a well-known one. What is lost here has a size of 2000 and more. */
#include <stdlib.h>

#include "tests/programs/program.h"

void dbus_bus_get(int fails);
void eglInitialize(void (*callback)(void));
void eglCreateContext(void);
void run_thread(void);

NOINLINE static void lose(void)
{
    launder(malloc(2007));
}

int main(void)
{
    dbus_bus_get(0);
    dbus_bus_get(1);
    eglInitialize(NULL);
    eglInitialize(lose);
    eglCreateContext();
    run_thread();
    SCRUB();
    return 0;
}
