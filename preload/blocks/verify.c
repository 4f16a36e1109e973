/* SPDX-License-Identifier: MIT */
#include "preload/blocks/verify.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "preload/unwind/modules.h"
#include "preload/base/private_memory.h"
#include "preload/arch/machine.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_table.h"

#define NAME_OF(symbol) NAME_OF_EXPANDED(symbol)
#define NAME_OF_EXPANDED(symbol) #symbol

enum { MAX_FRAMES = STACK_CACHE_MAX_FRAMES + 4096 };

struct stacks {
    struct stack_table_frame frames[MAX_FRAMES];
    void *ours[MAX_FRAMES], *reference[MAX_FRAMES];
};

bool verify_is_on;
static struct {
    int (*backtrace)(void **, int);
    int (*getcontext)(unw_context_t *);
    int (*init_local)(unw_cursor_t *, unw_context_t *);
    int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
    int (*step)(unw_cursor_t *);
    void (*flush_cache)(unw_addr_space_t, unw_word_t, unw_word_t);
    unw_addr_space_t *address_space;
} libunwind;

/* The modules for which libunwind's caches are good: it does not notice itself that one was
   replaced. unw_backtrace has a cache of its own that nothing flushes: not to be trusted from the
   first change on. */
static _Atomic uint32_t flushed_generation;
static _Atomic bool only_steps;

static __thread struct stacks *stacks_of_thread;
static __thread bool is_busy;

void verify_start(void)
{
    const char *wanted = getenv("LEAKGRAPH_VERIFY");
    if (wanted == NULL || strcmp(wanted, "1") != 0)
        return;
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return;
    *(void **)&libunwind.backtrace = dlsym(library, NAME_OF(unw_backtrace));
    *(void **)&libunwind.getcontext = dlsym(library, MACHINE_LIBUNWIND_PREFIX "getcontext");
    *(void **)&libunwind.init_local = dlsym(library, NAME_OF(unw_init_local));
    *(void **)&libunwind.get_reg = dlsym(library, NAME_OF(unw_get_reg));
    *(void **)&libunwind.step = dlsym(library, NAME_OF(unw_step));
    *(void **)&libunwind.flush_cache = dlsym(library, NAME_OF(unw_flush_cache));
    libunwind.address_space = dlsym(library, NAME_OF(unw_local_addr_space));
    modules_refresh();
    atomic_store(&flushed_generation, atomic_load(&modules_generation));
    verify_is_on = libunwind.backtrace != NULL && libunwind.init_local != NULL &&
                   libunwind.get_reg != NULL && libunwind.step != NULL &&
                   libunwind.flush_cache != NULL && libunwind.address_space != NULL;
}

struct our_stack {
    int count;
    bool is_cut, has_wrong_module;
};

static bool is_in_its_module(const struct stack_table_frame *frame)
{
    bool is_exact = frame->module_and_flags & RECORDING_STACK_EXACT_PC;
    return modules_find(frame->pc - !is_exact) == (frame->module_and_flags & RECORDING_NO_MODULE);
}

/* Innermost first, as libunwind gives them. */
static struct our_stack read_ours(uint32_t stack, struct stacks *stacks)
{
    uint32_t count = stack_table_read(stack, stacks->frames, MAX_FRAMES - 1);
    struct our_stack ours = {.count = (int)count};
    for (uint32_t i = 0; i < count; i++) {
        const struct stack_table_frame *frame = &stacks->frames[count - i];
        stacks->ours[i] = (void *)frame->pc;
        ours.has_wrong_module |= !is_in_its_module(frame);
    }
    ours.is_cut = count > 0 && stacks->frames[1].module_and_flags & RECORDING_STACK_CUT;
    return ours;
}

/* Drops our own frames from the inner end and zeros from the outer one. */
static int trim(void **pcs, int count, uintptr_t innermost)
{
    int first = 0;
    while (count > 0 && pcs[count - 1] == NULL)
        count--;
    while (first < count && (uintptr_t)pcs[first] != innermost)
        first++;
    memmove(pcs, pcs + first, (size_t)(count - first) * sizeof *pcs);
    return count - first;
}

static int read_by_steps(void **pcs)
{
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t pc;
    int count = 0;
    libunwind.getcontext(&context);
    libunwind.init_local(&cursor, &context);
    do {
        if (libunwind.get_reg(&cursor, UNW_REG_IP, &pc) == 0)
            pcs[count++] = (void *)pc;
    } while (count < MAX_FRAMES && libunwind.step(&cursor) > 0);
    return count;
}

static bool is_same(const struct stacks *stacks, int ours, int reference)
{
    return ours == reference &&
           memcmp(stacks->ours, stacks->reference, (size_t)ours * sizeof(void *)) == 0;
}

static enum verify_mismatch kind_of_mismatch(const struct stacks *stacks,
                                             const struct our_stack *ours, int reference)
{
    int shorter = ours->count < reference ? ours->count : reference;
    if (memcmp(stacks->ours, stacks->reference, (size_t)shorter * sizeof(void *)) != 0)
        return VERIFY_DIFFERENT;
    if (ours->count > reference)
        return VERIFY_LONGER;
    return ours->is_cut ? VERIFY_CUT : VERIFY_SHORTER;
}

static void count_mismatch(enum verify_mismatch kind)
{
    __atomic_fetch_add(&recording_header->verify_mismatches[kind], 1, __ATOMIC_RELAXED);
}

static void flush_when_modules_changed(void)
{
    uint32_t generation = atomic_load(&modules_generation);
    if (atomic_exchange(&flushed_generation, generation) == generation)
        return;
    libunwind.flush_cache(*libunwind.address_space, 0, 0);
    atomic_store(&only_steps, true);
}

static __attribute__((noinline)) void compare(struct stacks *stacks, uint32_t stack,
                                              uintptr_t innermost)
{
    flush_when_modules_changed();
    struct our_stack ours = read_ours(stack, stacks);
    __atomic_fetch_add(&recording_header->verified_stacks, 1, __ATOMIC_RELAXED);
    if (ours.has_wrong_module)
        count_mismatch(VERIFY_WRONG_MODULE);
    int reference = 0;
    if (!only_steps)
        reference =
            trim(stacks->reference, libunwind.backtrace(stacks->reference, MAX_FRAMES), innermost);
    if (is_same(stacks, ours.count, reference))
        return;
    reference = trim(stacks->reference, read_by_steps(stacks->reference), innermost);
    if (!is_same(stacks, ours.count, reference))
        count_mismatch(kind_of_mismatch(stacks, &ours, reference));
    else if (!only_steps)
        count_mismatch(VERIFY_FAST_REFERENCE);
}

void verify_stack(uint32_t stack, const struct call_frame *caller)
{
    if (is_busy || stack == 0)
        return;
    int saved_errno = errno;
    is_busy = true;
    if (stacks_of_thread == NULL)
        stacks_of_thread = private_memory_map(sizeof *stacks_of_thread);
    if (stacks_of_thread != NULL)
        compare(stacks_of_thread, stack, caller->pc);
    is_busy = false;
    errno = saved_errno;
}
