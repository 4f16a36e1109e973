/* SPDX-License-Identifier: MIT */
/*
 * A preload that does nothing but capture the stack of every allocation, to test and to time
 * call_stack.c alone. PROBE=0: only forwards, for comparison. Verify mode prints its counts at exit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/call_stack.h"
#include "preload/modules.h"
#include "preload/recording_writer.h"
#include "preload/stack_table.h"

#define HOOK __attribute__((visibility("default"), noinline))
HOOK void *malloc(size_t size);
HOOK void *calloc(size_t count, size_t size);
HOOK void *realloc(void *block, size_t size);
HOOK void free(void *block);

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void __libc_free(void *block);

static volatile bool is_on;
static pid_t started_pid;
static __thread struct call_stack_cache *cache;
static __thread volatile uint32_t last_site;

#define CAPTURE()                                                                                      \
    do {                                                                                               \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                             \
        if (is_on) {                                                                                   \
            if (modules_is_loader(caller.pc))                                                          \
                modules_note_loader_call();                                                            \
            last_site = call_stack_capture(&cache, &caller);                                           \
        }                                                                                              \
    } while (0)

void *malloc(size_t size)
{
    void *block = __libc_malloc(size);
    CAPTURE();
    return block;
}

void *calloc(size_t count, size_t size)
{
    void *block = __libc_calloc(count, size);
    CAPTURE();
    return block;
}

void *realloc(void *block, size_t size)
{
    void *moved = __libc_realloc(block, size);
    CAPTURE();
    return moved;
}

void free(void *block)
{
    if (modules_is_loader((uintptr_t)__builtin_return_address(0)))
        modules_note_loader_call();
    __libc_free(block);
}

static __attribute__((constructor)) void start(void)
{
    const char *wanted = getenv("PROBE"), *directory = getenv("PROBE_OUT");
    if (wanted != NULL && strcmp(wanted, "0") == 0)
        return;
    recording_create(directory != NULL ? directory : "probe.data");
    started_pid = getpid();
    call_stack_start();
    is_on = true;
}

static __attribute__((destructor)) void stop(void)
{
    char text[400];
    const struct recording_header *header = recording_header;
    is_on = false;
    if (getenv("LEAKGRAPH_VERIFY") == NULL && getenv("PROBE_PRINT") == NULL)
        return;
    int length = snprintf(text, sizeof text,
                          "pid %d verified %lu shorter %lu longer %lu different %lu cut %lu "
                          "fast-reference %lu | nodes %lu sites %lu modules %lu dropped %lu\n",
                          (int)getpid(), header->verified_stacks, header->verify_mismatches[0],
                          header->verify_mismatches[1], header->verify_mismatches[2],
                          header->verify_mismatches[3], header->verify_mismatches[4],
                          header->stack_count, header->site_count, header->module_count,
                          header->dropped[RECORDING_DROP_FRAMES]+1000000*header->dropped[5]);
    if (write(2, text, (size_t)length) < 0)
        return;
    if (getpid() == started_pid)
        recording_trim();
}
