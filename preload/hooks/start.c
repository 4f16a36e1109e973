/* SPDX-License-Identifier: MIT */
/*
 * Where the loader begins and ends us: everything that must not wait for an event is started here,
 * and those below are told what to call up here.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "preload/blocks/own_mappings.h"
#include "preload/blocks/python_arenas.h"
#include "preload/hooks/hooks.h"
#include "preload/hooks/python_allocator.h"
#include "preload/process/fatal_signals.h"
#include "preload/process/process.h"
#include "preload/process/process_end.h"
#include "preload/python/python.h"
#include "preload/recording/children.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/snapshot_options.h"
#include "preload/recording/threads.h"
#include "preload/scan/changed_pages.h"
#include "preload/scan/thread_descriptor.h"
#include "preload/snapshot/our_signal.h"
#include "preload/snapshot/snapshot_requests.h"
#include "preload/snapshot/thread_stop.h"
#include "preload/unwind/modules.h"

/* The path of the module whose malloc is behind ours, when that is not libc. */
static void note_foreign_allocator(void)
{
    void *next = dlsym(RTLD_NEXT, "malloc");
    Dl_info info;
    if (!next || modules_is_libc((uintptr_t)next) || !dladdr(next, &info))
        return;
    recording_header->foreign_allocator = recording_string(info.dli_fname, strlen(info.dli_fname));
    own_mappings_start((uintptr_t)next);
}

/*
 * A program that brings its own malloc, and exports it, is never intercepted. Another address than
 * ours alone says nothing: in a program at a fixed address it can be that of its call stub. So it
 * is called.
 */
static void note_own_malloc(struct thread *thread)
{
    void *(*first_malloc)(size_t) = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc");
    void (*first_free)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "free");
    if (!first_malloc || !first_free || modules_is_shim((uintptr_t)first_malloc))
        return;
    uint64_t before = thread->passed_through;
    first_free(first_malloc(16));
    if (thread->passed_through == before)
        recording_header->unseen = RECORDING_UNSEEN_OWN_MALLOC;
}

/* The child must not ask the loader, see modules_restart_after_fork. */
static void before_fork(void)
{
    changed_pages_are_unknown();
    if (process_is_recording()) {
        if (modules_are_stale())
            modules_refresh();
        threads_before_fork();
    }
    children_fork_begins();
}

static void in_forked_child(void)
{
    children_born(process_start_failure());
    threads_in_forked_child();
}

static void attach_to_python(const struct module_symbols *symbols)
{
    python_allocator_attach(symbols);
    python_arenas_attach();
}

/* Runs after the program's own destructors and exit handlers, before those of the libraries. */
__attribute__((destructor)) static void destructed(void)
{
    if (!process_is_itself())
        return;
    process_ends(RECORDING_EXIT, process_exit_status(), NULL);
    recording_trim(((uint64_t)1 << 20) + recording_live_bytes(recording_header) / 2);
}

__attribute__((constructor(101))) static void constructed(void)
{
    static const struct our_signal_callbacks callbacks = {thread_stop_answer,
                                                          snapshot_requests_serve};
    if (!process_begin())
        return;
    struct thread *thread = threads_self();
    if (!thread)
        return;
    thread->internal++;
    hooks_memory_start();
    hooks_environment_start();
    note_foreign_allocator();
    note_own_malloc(thread);
    python_start(attach_to_python, python_allocator_look_again);
    thread_descriptor_start();
    pthread_atfork(before_fork, children_fork_returns, in_forked_child);
    at_quick_exit(destructed); /* before the program's handlers, so it runs after them */
    fatal_signals_start();
    our_signal_start(&callbacks);
    snapshot_options_read();
    snapshot_requests_start();
    thread->internal--;
}
