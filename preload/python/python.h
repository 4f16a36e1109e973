/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_H
#define LEAKGRAPH_PYTHON_H

/*
 * Is this process a Python one? CPython is known by the symbol _PyRuntime of one of the loaded
 * modules: the executable or a libpython, linked or loaded at any time and in any way. Its
 * allocator is told to tell us (python_allocator.h) before it begins, or at its first call of
 * malloc when it was loaded late.
 *
 * Called inside malloc: no malloc, no lock.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/unwind/module_symbols.h"

enum python_state {
    PYTHON_NONE,
    PYTHON_LOADED,   /* seen, but it may not be relocated yet */
    PYTHON_ATTACHED, /* offsets not looked at in earnest yet */
    PYTHON_FOLLOWED, /* offsets hold */
    PYTHON_DECLINED, /* see header.python */
};
extern _Atomic int python_state;

/* Valid from PYTHON_LOADED on: its first symbols; from PYTHON_ATTACHED on: version and offsets. */
struct python {
    uintptr_t start, end;             /* where its module is mapped */
    uintptr_t runtime;                /* &_PyRuntime */
    uintptr_t evaluate, evaluate_end; /* _PyEval_EvalFrameDefault */
    /* The state of the calling thread; NULL when Python does not know it. */
    void *(*thread_state)(void);
    bool with_objects;
    /* 3.12 on: that of the interpreter that runs on it now; NULL while the lock is released. */
    void *(*running_state)(void);
    void *(*locking_state)(void); /* up to 3.11: that of whoever holds the lock */
};
extern struct python python;

/* The address of something that Python exports, 0 when it does not. Slow. */
uintptr_t python_symbol(const char *name);

/*
 * In our constructor; LEAKGRAPH_PYTHON_OBJECTS=off leaves Python's allocator and objects alone.
 * Otherwise the first is called when Python can be called, and the second when it has begun.
 */
typedef void python_attach(const struct module_symbols *symbols);
void python_start(python_attach *attach_objects, void (*look_again)(void));
/* Modules came or went. Not in a signal handler: asks the loader. */
void python_modules_changed(void);
/* python_begins(), and malloc was called from pc: by Python? Then it is attached to, and looked at
   again while it sets up its allocators. */
void python_called_from(uintptr_t pc);
/* The first frame that runs tells whether the layout holds: follows or declines. */
void python_settle(bool layout_holds);

/* In a forked child with a recording of its own. */
void python_restart_after_fork(void);

static inline int python_state_now(void)
{
    return atomic_load_explicit(&python_state, memory_order_acquire);
}

static inline bool python_begins(void)
{
    int state = python_state_now();
    return state == PYTHON_LOADED || state == PYTHON_ATTACHED;
}

#endif
