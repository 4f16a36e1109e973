/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/suppressions.h"

#include <string.h>

#include "analyzer/sites/library_suppressions.h"
#include "analyzer/sites/python_runtime.h"
#include "analyzer/symbols/frame_kind.h"

enum { INNER_NODES = 4 }; /* the runtime's own functions are close to the allocation */

static const struct recording_stack_node *caller_of(const struct recording *recording,
                                                    uint32_t *node)
{
    const struct recording_stack_node *record = recording_stack_node(recording, *node);
    *node = record ? record->parent : 0;
    return record;
}

static uint32_t skip_shim(const struct stacks *stacks, const struct recording *recording,
                          uint32_t node)
{
    while (node && (stacks_module_flags(stacks, node) & RECORDING_MODULE_SHIM))
        caller_of(recording, &node);
    return node;
}

static bool is_libstdcxx(const struct frame *frame)
{
    return frame->module && strncmp(frame->module, "libstdc++.so", strlen("libstdc++.so")) == 0;
}

typedef bool runtime_function(const struct frame *frame);

static bool names_one_of(const struct frame *frame, const char *const *functions)
{
    for (; frame->function && *functions; functions++)
        if (strcmp(frame->function, *functions) == 0)
            return true;
    return false;
}

static bool allocates_dtv(const struct frame *frame)
{
    static const char *const functions[] = {"_dl_allocate_tls", "allocate_dtv", NULL};
    return names_one_of(frame, functions);
}

static bool is_freed_by_freeres(const struct frame *frame)
{
    static const char *const functions[] = {"__libc_freeres", NULL};
    return names_one_of(frame, functions);
}

static bool makes_pool(const struct frame *frame)
{
    /* libstdc++ may be linked statically */
    static const char *const functions[] = {"_GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv", NULL};
    return names_one_of(frame, functions) ||
           (is_libstdcxx(frame) && frame->function &&
            strcmp(frame->function, "(anonymous namespace)::pool::pool") == 0);
}

static bool has_function(struct stacks *stacks, const struct recording *recording, uint32_t node,
                         runtime_function *is_one)
{
    for (int i = 0; node && i < INNER_NODES; i++, caller_of(recording, &node)) {
        const struct symbol_frames *found = stacks_frames(stacks, node);
        for (size_t k = 0; k < found->count; k++)
            if (is_one(&found->frames[k]))
                return true;
    }
    return false;
}

/* libstdc++ without symbols: its own initialiser, called by the loader and by nobody else. */
static bool is_initialiser_of_libstdcxx(struct stacks *stacks, const struct recording *recording,
                                        uint32_t node)
{
    const struct symbol_frames *innermost = stacks_frames(stacks, node);
    bool from_loader = false;
    if (innermost->count == 0 || !is_libstdcxx(&innermost->frames[0]))
        return false;
    while (node) {
        const struct symbol_frames *found = stacks_frames(stacks, node);
        bool in_loader = stacks_module_flags(stacks, node) & RECORDING_MODULE_LOADER;
        if (found->count && !in_loader && (from_loader || !is_libstdcxx(&found->frames[0])))
            return false;
        from_loader |= in_loader;
        caller_of(recording, &node);
    }
    return from_loader;
}

bool suppressions_is_nameless_pool(struct stacks *stacks, const struct recording *recording,
                                   uint32_t node, const struct frame *innermost)
{
    return !innermost->function && is_libstdcxx(innermost) &&
           is_initialiser_of_libstdcxx(stacks, recording, skip_shim(stacks, recording, node));
}

static bool is_of_loader(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    (void)recording;
    return stacks_module_flags(stacks, node) & RECORDING_MODULE_LOADER;
}

static bool is_dtv(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    return has_function(stacks, recording, node, allocates_dtv);
}

static bool is_of_libc(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    return has_function(stacks, recording, node, is_freed_by_freeres);
}

static bool is_pool(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    return has_function(stacks, recording, node, makes_pool) ||
           is_initialiser_of_libstdcxx(stacks, recording, node);
}

/* After a fork CPython abandons the locks that the child inherited: another thread may have held
 * them. */
static bool makes_lock(const struct frame *frame)
{
    static const char *const functions[] = {"PyThread_allocate_lock", NULL};
    return names_one_of(frame, functions);
}

static bool is_lock_before_fork(struct stacks *stacks, const struct recording *recording,
                                uint32_t node)
{
    return recording->header.inherited_blocks && has_function(stacks, recording, node, makes_lock);
}

static bool is_of_python(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    return is_lock_before_fork(stacks, recording, node) ||
           python_runtime_made(stacks, recording, node);
}

static bool is_shell(const struct frame *frame)
{
    static const char *const shells[] = {"bash", "dash", "sh", "busybox", "zsh", "ksh", "mksh"};
    for (size_t i = 0; frame->module && i < sizeof shells / sizeof *shells; i++)
        if (strcmp(frame->module, shells[i]) == 0)
            return frame->module_path && frame_module_is_installed(frame->module_path);
    return false;
}

/* All of it is the shell's own work: what a library or a loaded builtin does is not. */
static bool is_of_shell(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    bool has_shell = false;
    for (; node; caller_of(recording, &node)) {
        uint32_t flags = stacks_module_flags(stacks, node);
        if (flags & (RECORDING_MODULE_SHIM | RECORDING_MODULE_LIBC | RECORDING_MODULE_LOADER))
            continue;
        const struct symbol_frames *found = stacks_frames(stacks, node);
        if (!found->count || !is_shell(&found->frames[0]))
            return false;
        has_shell = true;
    }
    return has_shell;
}

/* A component's static initialiser makes its factory and hands it to class_loader for good. */
static bool makes_factory(const struct frame *frame)
{
    static const char prefix[] = "class_loader::impl::registerPlugin";
    return frame->function && strncmp(frame->function, prefix, strlen(prefix)) == 0;
}

static bool is_factory(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    return has_function(stacks, recording, node, makes_factory);
}

static const struct {
    struct suppressions_builtin about;
    bool (*applies)(struct stacks *stacks, const struct recording *recording, uint32_t node);
} builtins[] = {
    {{"loader", "what ld.so allocates for itself: link maps, search paths, namespaces"},
     is_of_loader},
    {{"dtv", "the table of thread-local storage of each thread (_dl_allocate_tls)"}, is_dtv},
    {{"libc", "what libc allocates while it tidies up (__libc_freeres)"}, is_of_libc},
    {{"python",
      "what CPython itself gives up: locks in a forked child, stopped daemon threads' beginnings"},
     is_of_python},
    {{"libstdc++", "the emergency pool for exceptions when memory has run out"}, is_pool},
    {{"shell", "what bash, dash and their like keep of a script until they exit"}, is_of_shell},
    {{"class_loader",
      "the factory of each plugin and ROS 2 component, kept until the process ends"},
     is_factory},
};
enum { BUILTINS = sizeof builtins / sizeof *builtins };

size_t suppressions_count(void)
{
    return BUILTINS + library_suppression_count;
}

struct suppressions_builtin suppressions_builtin(size_t index)
{
    if (index < BUILTINS)
        return builtins[index].about;
    const struct library_suppression *library = &library_suppressions[index - BUILTINS];
    return (struct suppressions_builtin){library->name, library->what};
}

size_t suppressions_find(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    node = skip_shim(stacks, recording, node);
    for (size_t i = 0; node && i < BUILTINS; i++)
        if (builtins[i].applies(stacks, recording, node))
            return i;
    for (size_t i = 0; node && i < library_suppression_count; i++)
        if (library_suppressions_applies(&library_suppressions[i], stacks, recording, node))
            return BUILTINS + i;
    return SUPPRESSIONS_NONE;
}
