/* SPDX-License-Identifier: MIT */
#include "preload/hooks/python_allocator.h"

#include <stdatomic.h>
#include <stddef.h>

#include "preload/process/events.h"

/* As Python declares them: PyMemAllocatorEx and PyMemAllocatorDomain. */
struct allocator {
    void *context;
    void *(*malloc)(void *context, size_t size_bytes);
    void *(*calloc)(void *context, size_t count, size_t each_bytes);
    void *(*realloc)(void *context, void *block, size_t size_bytes);
    void (*free)(void *context, void *block);
};
enum domain { DOMAIN_MEM = 1, DOMAIN_OBJECT = 2, DOMAIN_END };

static struct allocator original[DOMAIN_END];
typedef void allocator_function(int domain, struct allocator *);
static allocator_function *get_allocator, *set_allocator;
static bool was_used;

/* 16 bytes for at most one block. */
enum { LEAST_BYTES = 17 };
static inline size_t place_bytes(size_t size_bytes)
{
    return size_bytes < LEAST_BYTES ? LEAST_BYTES : size_bytes;
}

static inline void *allocate(enum domain domain, size_t size_bytes, const struct call_frame *caller)
{
    const struct allocator *python = &original[domain];
    if (__builtin_expect(!was_used, 0))
        was_used = true;
    struct thread *thread = events_mute();
    void *block = python->malloc(python->context, place_bytes(size_bytes));
    events_unmute(thread);
    events_allocated_by_python(block, size_bytes, caller);
    return block;
}

static inline void *allocate_zeroed(enum domain domain, size_t count, size_t each_bytes,
                                    const struct call_frame *caller)
{
    const struct allocator *python = &original[domain];
    size_t size_bytes;
    bool is_small =
        !__builtin_mul_overflow(count, each_bytes, &size_bytes) && size_bytes < LEAST_BYTES;
    struct thread *thread = events_mute();
    void *block = is_small ? python->calloc(python->context, 1, LEAST_BYTES)
                           : python->calloc(python->context, count, each_bytes);
    events_unmute(thread);
    events_allocated_by_python(block, size_bytes, caller);
    return block;
}

static inline void *reallocate(enum domain domain, void *block, size_t size_bytes,
                               const struct call_frame *caller)
{
    const struct allocator *python = &original[domain];
    if (block == NULL)
        return allocate(domain, size_bytes, caller);
    struct events_move move = events_move_begin(block, RECORDING_KIND_PYTHON, caller);
    struct thread *thread = events_mute();
    void *moved = python->realloc(python->context, block, place_bytes(size_bytes));
    events_unmute(thread);
    events_move_end(&move, moved, size_bytes > 0 ? size_bytes : 1, caller);
    return moved;
}

static inline void release(enum domain domain, void *block, const struct call_frame *caller)
{
    const struct allocator *python = &original[domain];
    if (block == NULL)
        return;
    events_freed(block, RECORDING_KIND_PYTHON, caller);
    struct thread *thread = events_mute();
    python->free(python->context, block);
    events_unmute(thread);
}

/* The context is not used: while Python copies the functions, another thread may see half of them.
 */
#define DOMAIN_FUNCTIONS(name, domain)                                                             \
    static __attribute__((noinline)) void *name##_malloc(void *context, size_t size_bytes)         \
    {                                                                                              \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        (void)context;                                                                             \
        return allocate(domain, size_bytes, &caller);                                              \
    }                                                                                              \
    static __attribute__((noinline)) void *name##_calloc(void *context, size_t count,              \
                                                         size_t each_bytes)                        \
    {                                                                                              \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        (void)context;                                                                             \
        return allocate_zeroed(domain, count, each_bytes, &caller);                                \
    }                                                                                              \
    static __attribute__((noinline)) void *name##_realloc(void *context, void *block,              \
                                                          size_t size_bytes)                       \
    {                                                                                              \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        (void)context;                                                                             \
        return reallocate(domain, block, size_bytes, &caller);                                     \
    }                                                                                              \
    static __attribute__((noinline)) void name##_free(void *context, void *block)                  \
    {                                                                                              \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        (void)context;                                                                             \
        release(domain, block, &caller);                                                           \
    }                                                                                              \
    static const struct allocator name = {NULL, name##_malloc, name##_calloc, name##_realloc,      \
                                          name##_free};

DOMAIN_FUNCTIONS(mem, DOMAIN_MEM)
DOMAIN_FUNCTIONS(object, DOMAIN_OBJECT)

static void put_on_top(enum domain domain, const struct allocator *ours)
{
    struct allocator now, wanted = *ours;
    get_allocator(domain, &now);
    if (now.malloc == ours->malloc)
        return;
    original[domain] = now;
    atomic_thread_fence(memory_order_seq_cst);
    set_allocator(domain, &wanted);
}

bool python_allocator_attach(const struct module_symbols *python)
{
    get_allocator = (allocator_function *)module_symbols_find(python, "PyMem_GetAllocator", NULL);
    set_allocator = (allocator_function *)module_symbols_find(python, "PyMem_SetAllocator", NULL);
    if (get_allocator == NULL || set_allocator == NULL)
        return false;
    put_on_top(DOMAIN_MEM, &mem);
    put_on_top(DOMAIN_OBJECT, &object);
    return true;
}

void python_allocator_look_again(void)
{
    if (was_used || get_allocator == NULL)
        return;
    put_on_top(DOMAIN_MEM, &mem);
    put_on_top(DOMAIN_OBJECT, &object);
}
