/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/python_runtime.h"

#include <string.h>

#include "analyzer/sites/python_frames.h"

/* A program that Python is linked into has its own functions beside the interpreter's. */
static bool is_interpreter(struct stacks *stacks, uint32_t node)
{
    const struct symbol_frames *found = stacks_frames(stacks, node);
    if (!(stacks_module_flags(stacks, node) & RECORDING_MODULE_PYTHON))
        return false;
    for (size_t i = 0; i < found->count; i++)
        if (!python_frames_is_interpreter(&found->frames[i]))
            return false;
    return true;
}

static bool begins(const struct frame *frame)
{
    static const char *const names[] = {"PyEval_Eval", "_PyEval_Eval", "Py_Initialize"};
    for (size_t i = 0; frame->function && i < sizeof names / sizeof *names; i++)
        if (strncmp(frame->function, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

bool python_runtime_began(struct stacks *stacks, const struct recording *recording)
{
    for (uint32_t node = 1; node < recording->stack_node_count; node++) {
        if (!(stacks_module_flags(stacks, node) & RECORDING_MODULE_PYTHON))
            continue;
        const struct symbol_frames *found = stacks_frames(stacks, node);
        for (size_t i = 0; i < found->count; i++)
            if (begins(&found->frames[i]))
                return true;
    }
    return false;
}

bool python_runtime_made(struct stacks *stacks, const struct recording *recording, uint32_t stack)
{
    const uint32_t beneath =
        RECORDING_MODULE_SHIM | RECORDING_MODULE_LIBC | RECORDING_MODULE_LOADER;
    const struct recording_stack_node *node = NULL;
    bool is_made_by_it = false;
    for (uint32_t id = stack; id; id = node->parent) {
        node = recording_stack_node(recording, id);
        if (python_frames_is_one(node))
            return is_made_by_it;
        if (is_interpreter(stacks, id))
            is_made_by_it = true;
        else if (is_made_by_it || !(stacks_module_flags(stacks, id) & beneath))
            return false;
    }
    return false;
}
