/* SPDX-License-Identifier: MIT */
#include "preload/scan/thread_descriptor.h"

#include <dlfcn.h>

#include "preload/arch/machine.h"
#include "preload/scan/scan_guard.h"

/* As libc has it for debuggers, from 2.34 on where the loader finds it. */
struct debugger_field {
    uint32_t bits, count, offset;
};

/* Offsets; what they were before that. */
static struct {
    uint32_t size_bytes, tid, stack, key_tables, key_table_count;
} layout = {
    .size_bytes = MACHINE_DESCRIPTOR_HEADER_BYTES + 1600,
    .tid = MACHINE_DESCRIPTOR_HEADER_BYTES + 16,
    .stack = MACHINE_DESCRIPTOR_HEADER_BYTES + 976,
    .key_tables = MACHINE_DESCRIPTOR_HEADER_BYTES + 592,
    .key_table_count = 32,
};

static const void *ask(const char *name)
{
    const void *found = dlsym(RTLD_DEFAULT, name);
    if (!found)
        dlerror(); /* the program must not find an error of ours */
    return found;
}

/* libc names no field of the stack's. It follows the unwinder's exception, which follows the last
   of the debuggers' fields. */
static uint32_t stack_behind(uint32_t last_field)
{
    enum { EXCEPTION_BYTES = 32, EXCEPTION_ALIGNMENT = 16 };
    uint32_t end = last_field + (uint32_t)sizeof(void *) + EXCEPTION_ALIGNMENT - 1;
    return end / EXCEPTION_ALIGNMENT * EXCEPTION_ALIGNMENT + EXCEPTION_BYTES;
}

void thread_descriptor_start(void)
{
    enum { MOST_KEY_TABLES = 1024 };
    const uint32_t *size_bytes = ask("_thread_db_sizeof_pthread");
    const struct debugger_field *tid = ask("_thread_db_pthread_tid");
    const struct debugger_field *last = ask("_thread_db_pthread_nextevent");
    const struct debugger_field *tables = ask("_thread_db_pthread_specific");
    if (!size_bytes || !tid || !last || !tables)
        return;
    layout.size_bytes = *size_bytes;
    layout.tid = tid->offset;
    layout.stack = stack_behind(last->offset);
    layout.key_tables = tables->offset;
    uint64_t count = (uint64_t)tables->bits * tables->count / (8 * sizeof(uintptr_t));
    layout.key_table_count = count <= MOST_KEY_TABLES ? (uint32_t)count : 0;
}

static uintptr_t descriptor_of(uintptr_t thread_pointer)
{
    return MACHINE_DESCRIPTOR_IS_BEFORE ? thread_pointer - layout.size_bytes : thread_pointer;
}

/* The word of a descriptor's stack: its start, its size, its guard's size. */
static inline uintptr_t stack_word(uintptr_t at, size_t index)
{
    return scan_guard_word(at + layout.stack + index * sizeof(uintptr_t));
}

/* It lies at the end of its stack, and so near to that only thread-local storage may follow. Of its
   tables of keys the first is a part of it. */
static inline bool is_descriptor(uintptr_t at)
{
    enum { MOST_BEHIND_BYTES = 1 << 20 };
    uintptr_t stack = stack_word(at, 0), size_bytes = stack_word(at, 1), guard = stack_word(at, 2);
    if (__builtin_expect(stack == 0 || at - stack >= size_bytes, 1))
        return false;
    uintptr_t behind = stack + size_bytes - at - layout.size_bytes;
    return behind < MOST_BEHIND_BYTES && guard < size_bytes &&
           scan_guard_word(at + layout.key_tables) - at < layout.size_bytes;
}

/* Only libc puts a guard before a stack. */
static bool is_libcs(uintptr_t at)
{
    uintptr_t stack = stack_word(at, 0), guard = stack_word(at, 2);
    return guard != 0 && ((stack | guard) & (machine_page_bytes() - 1)) == 0;
}

static struct thread_descriptor read_at(uintptr_t at)
{
    uintptr_t stack = stack_word(at, 0);
    return (struct thread_descriptor){
        .start = at,
        .end = at + layout.size_bytes,
        .stack_start = stack,
        .stack_end = stack + stack_word(at, 1),
        .thread_pointer = MACHINE_DESCRIPTOR_IS_BEFORE ? at + layout.size_bytes : at,
        .tid = (int32_t)scan_guard_word(at + layout.tid),
        .is_libcs = is_libcs(at),
    };
}

bool thread_descriptor_of(uintptr_t thread_pointer, struct thread_descriptor *found)
{
    uintptr_t at = descriptor_of(thread_pointer);
    if (thread_pointer == 0 || !is_descriptor(at))
        return false;
    *found = read_at(at);
    return true;
}

bool thread_descriptor_next(uintptr_t *at, uintptr_t end, struct thread_descriptor *found)
{
    uintptr_t place =
        (*at + MACHINE_DESCRIPTOR_ALIGNMENT - 1) & ~(uintptr_t)(MACHINE_DESCRIPTOR_ALIGNMENT - 1);
    for (; place + layout.size_bytes <= end; place += MACHINE_DESCRIPTOR_ALIGNMENT) {
        if (!is_descriptor(place))
            continue;
        *found = read_at(place);
        *at = place + layout.size_bytes;
        return true;
    }
    *at = end;
    return false;
}

uintptr_t thread_descriptor_key_tables(uintptr_t thread_pointer, size_t *count)
{
    *count = layout.key_table_count;
    return descriptor_of(thread_pointer) + layout.key_tables;
}
