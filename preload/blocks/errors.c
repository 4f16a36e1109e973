/* SPDX-License-Identifier: MIT */
#include "preload/blocks/errors.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/unwind/modules.h"
#include "preload/unwind/stack_table.h"
#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"

enum { ERROR_LIMIT = 1024 };
static bool is_glibc;
static struct recording_table errors = {
    RECORDING_CHUNK_ERRORS, sizeof(struct recording_error), 64, ERROR_LIMIT / 64, NULL, 0, 0};

void errors_start(bool malloc_is_glibc)
{
    is_glibc = malloc_is_glibc;
}

static bool is_same(const struct recording_error *a, const struct recording_error *b)
{
    return a->kind == b->kind && a->stack == b->stack && a->allocated_site == b->allocated_site &&
           a->freed_kind == b->freed_kind && a->allocated_kind == b->allocated_kind;
}

/* A frame alone: who freed a block is not worth a whole stack until it is freed again. */
static uint32_t stack_of(uintptr_t pc)
{
    uint32_t words[16];
    if (!pc)
        return 0;
    struct stack_draft draft = stack_draft_begin(words, 0, 0, 0, 0);
    return stack_draft_store(stack_draft_push(draft, pc, modules_find(pc)));
}

/* `first_pc`: where the block was freed before, 0 unknown. */
static void record(const struct recording_error *error, uintptr_t first_pc)
{
    uint64_t count = atomic_load(&errors.count);
    for (uint64_t i = 0; i < count; i++) {
        struct recording_error *known = recording_table_get(&errors, i);
        if (known && is_same(known, error)) {
            __atomic_fetch_add(&known->count, 1, __ATOMIC_RELAXED);
            return;
        }
    }
    uint64_t id = recording_table_add(&errors);
    if (id == UINT64_MAX) {
        recording_dropped(RECORDING_DROP_ERRORS);
        return;
    }
    struct recording_error *fresh = recording_table_get(&errors, id);
    *fresh = *error;
    fresh->first_freed = stack_of(first_pc);
    recording_header->error_count = atomic_load(&errors.count);
}

static struct recording_error describe(struct thread *thread, enum recording_error_kind kind,
                                       const void *address, const struct call_frame *caller)
{
    return (struct recording_error){
        .kind = kind,
        .stack = call_stack_capture_stack(&thread->call_stack, caller),
        .address = (uintptr_t)address,
        .count = 1,
        .first_ns = clock_ns(),
        .tid = thread->tid,
    };
}

static void of_block(struct recording_error *error, const struct live_block *block)
{
    error->size_bytes = block->size_bytes;
    error->allocated_site = block->site;
    error->allocated_kind = (uint8_t)block->kind;
}

__attribute__((noinline)) void errors_mismatched(struct thread *thread,
                                                 const struct live_block *block,
                                                 enum recording_block_kind freed_kind,
                                                 const struct call_frame *caller)
{
    struct recording_error error =
        describe(thread, RECORDING_MISMATCHED_FREE, (const void *)block->address, caller);
    of_block(&error, block);
    error.freed_kind = (uint8_t)freed_kind;
    record(&error, 0);
}

/* The kernel reads the set before it looks at the nonsense that is to be done with it. Every
 * sandbox allows the call. */
static bool is_readable(uintptr_t address)
{
    enum { NO_SUCH_CHANGE = -1, SET_BYTES = 8 };
    int saved_errno = errno;
    long failure = syscall(SYS_rt_sigprocmask, (long)NO_SUCH_CHANGE, address, NULL, SET_BYTES);
    bool readable = failure == 0 || errno != EFAULT;
    errno = saved_errno;
    return readable;
}

/*
 * What glibc's free would refuse, or fall over. The sizes before a block and its neighbour are the
 * only ones to tell a block that we never saw (made before the first hook) from no block at all.
 */
static bool is_chunk_of_glibc(uintptr_t address)
{
    enum { HEAD_BYTES = 16, MINIMUM_BYTES = 32, MAPPED = 2, FLAGS = 7 };
    if (address % HEAD_BYTES != 0 || !is_readable(address - HEAD_BYTES))
        return false;
    const uintptr_t *head = (const uintptr_t *)(address - HEAD_BYTES);
    uintptr_t before = head[0], size_bytes = head[1] & ~(uintptr_t)FLAGS;
    if (head[1] & MAPPED)
        return size_bytes != 0 &&
               ((address - HEAD_BYTES - before) | (before + size_bytes)) % 4096 == 0;
    uintptr_t next = address - HEAD_BYTES + size_bytes;
    return size_bytes >= MINIMUM_BYTES && size_bytes % HEAD_BYTES == 0 && next > address &&
           is_readable(next) && (((const uintptr_t *)next)[1] & ~(uintptr_t)FLAGS) >= HEAD_BYTES;
}

/* No block at all: in a module's memory, on this thread's stack, or where no allocator puts one. */
static bool is_never_heap(const void *block, const struct call_frame *caller)
{
    uintptr_t address = (uintptr_t)block, distance = address - caller->sp;
    if (distance < (1u << 20) || modules_find(address) != RECORDING_NO_MODULE)
        return true;
    return is_glibc ? !is_chunk_of_glibc(address) : address % 8 != 0 || !is_readable(address);
}

__attribute__((noinline)) void errors_unknown_free(struct thread *thread, const void *address,
                                                   enum live_blocks_answer answer,
                                                   enum recording_block_kind freed_kind,
                                                   const struct call_frame *caller)
{
    struct live_block around;
    bool is_inside = live_blocks_covering(address, &around);
    if (!is_inside && answer != LIVE_BLOCKS_FREED && !is_never_heap(address, caller)) {
        __atomic_fetch_add(&recording_header->unknown_frees, 1, __ATOMIC_RELAXED);
        return;
    }
    bool is_double = answer == LIVE_BLOCKS_FREED && !is_inside;
    struct recording_error error = describe(
        thread, is_double ? RECORDING_DOUBLE_FREE : RECORDING_INVALID_FREE, address, caller);
    uintptr_t first_pc = is_double ? live_blocks_freed(address, &around) : 0;
    if (is_inside || is_double)
        of_block(&error, &around);
    error.freed_kind = (uint8_t)freed_kind;
    record(&error, first_pc);
}

void errors_restart_after_fork(void)
{
    recording_table_restart(&errors, false);
}
