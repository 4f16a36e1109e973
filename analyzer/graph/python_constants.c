/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/python_constants.h"

#include <string.h>

#include "analyzer/sites/python_frames.h"

struct python_constants {
    const struct recording *recording;
    struct stacks *stacks;
    enum { UNKNOWN, CONSTANT, OTHER } * verdicts; /* by site */
    uint64_t site_end;
};

struct python_constants *python_constants_new(struct arena *arena,
                                              const struct recording *recording,
                                              struct stacks *stacks, uint64_t site_end)
{
    struct python_constants *constants = arena_alloc(arena, sizeof *constants);
    constants->recording = recording;
    constants->stacks = stacks;
    constants->site_end = site_end;
    constants->verdicts = arena_array(arena, site_end, sizeof *constants->verdicts);
    return constants;
}

/* Names are qualified since Python 3.11. */
static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && strcmp(name + length - end_length, end) == 0 &&
           (length == end_length || name[length - end_length - 1] == '.');
}

static bool is_import(const struct frame *frame)
{
    return frame->function && frame->file && strstr(frame->file, "importlib._bootstrap_external") &&
           (ends_with(frame->function, "exec_module") ||
            ends_with(frame->function, "create_module"));
}

static bool is_of_importlib(const struct frame *frame)
{
    return frame->file && strstr(frame->file, "importlib._bootstrap");
}

static bool begins_python(const struct frame *frame)
{
    static const char *const functions[] = {"Py_InitializeFromConfig", "Py_NewInterpreter",
                                            "Py_NewInterpreterFromConfig"};
    for (size_t i = 0; frame->function && i < sizeof functions / sizeof *functions; i++)
        if (strcmp(frame->function, functions[i]) == 0)
            return true;
    return false;
}

/*
 * An extension is being imported when Python's innermost function is importlib's. A module written
 * in Python would have its own frame there.
 */
static bool is_constant(struct python_constants *constants, uint32_t node)
{
    bool in_python = false;
    for (; node; node = recording_stack_node(constants->recording, node)->parent) {
        bool is_python = python_frames_is_one(recording_stack_node(constants->recording, node));
        const struct symbol_frames *found = stacks_frames(constants->stacks, node);
        for (size_t i = 0; i < found->count; i++) {
            if (begins_python(&found->frames[i]) ||
                (is_python && !in_python && is_import(&found->frames[i])))
                return true;
            in_python |= is_python && !is_of_importlib(&found->frames[i]);
        }
    }
    return false;
}

bool python_constants_is_of_python(const struct python_constants *constants, uint32_t site)
{
    const struct recording_site *record = recording_site(constants->recording, site);
    uint32_t node = record ? record->stack : 0;
    while (node && stacks_module_flags(constants->stacks, node) &
                       (RECORDING_MODULE_PYTHON | RECORDING_MODULE_SHIM))
        node = recording_stack_node(constants->recording, node)->parent;
    return node && python_frames_is_one(recording_stack_node(constants->recording, node));
}

bool python_constants_has(struct python_constants *constants, uint32_t site)
{
    const struct recording_site *record = recording_site(constants->recording, site);
    if (!record || site >= constants->site_end)
        return false;
    if (constants->verdicts[site] == UNKNOWN)
        constants->verdicts[site] = is_constant(constants, record->stack) ? CONSTANT : OTHER;
    return constants->verdicts[site] == CONSTANT;
}
