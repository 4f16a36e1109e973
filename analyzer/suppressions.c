/* SPDX-License-Identifier: MIT */
#include "analyzer/suppressions.h"

#include <string.h>

enum { INNER_NODES = 4 }; /* the runtime's own functions are near the allocation */

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

static bool is_runtime_function(const struct frame *frame)
{
    static const char *const functions[] = {
        "_dl_allocate_tls", "allocate_dtv", "__libc_freeres",
        "_GLOBAL__sub_I__ZN9__gnu_cxx9__freeresEv", /* makes the pool; libstdc++ may be linked in */
    };
    if (!frame->function)
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(frame->function, functions[i]) == 0)
            return true;
    return is_libstdcxx(frame) && strcmp(frame->function, "(anonymous namespace)::pool::pool") == 0;
}

static bool has_runtime_function(struct stacks *stacks, const struct recording *recording,
                                 uint32_t node)
{
    for (int i = 0; node && i < INNER_NODES; i++, caller_of(recording, &node)) {
        const struct symbol_frames *found = stacks_frames(stacks, node);
        for (size_t k = 0; k < found->count; k++)
            if (is_runtime_function(&found->frames[k]))
                return true;
    }
    return false;
}

/* libstdc++ without symbols: its own initialiser, called by the loader, with nobody else in the
 * stack. */
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

bool suppressions_is_runtime(struct stacks *stacks, const struct recording *recording,
                             uint32_t node)
{
    node = skip_shim(stacks, recording, node);
    if (!node)
        return false;
    return (stacks_module_flags(stacks, node) & RECORDING_MODULE_LOADER) ||
           has_runtime_function(stacks, recording, node) ||
           is_initialiser_of_libstdcxx(stacks, recording, node);
}
