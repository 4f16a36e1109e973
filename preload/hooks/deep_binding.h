/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEEP_BINDING_H
#define LEAKGRAPH_DEEP_BINDING_H

/*
 * A library that was loaded with RTLD_DEEPBIND finds libc before it finds us. What it imports is
 * led through our hooks all the same, or what it frees would seem to be alive: its slots for
 * functions that we hook are changed where they lead to the ones that our hooks call. Every other
 * symbol stays as the program wants it.
 *
 *     handle = dlopen(path, mode | RTLD_DEEPBIND);
 *     deep_binding_undo(handle);
 *
 * Outside of malloc only: it asks the loader. What the library's constructors allocated is not
 * seen.
 */

/* The handle is dlopen's, not NULL. Only the library itself is bound so, not what it needs. */
void deep_binding_undo(void *handle);

#endif
