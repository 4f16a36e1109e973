/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_locals.h"

#include <stddef.h>

#include "preload/python/python.h"
#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/scan/python_label_texts.h"

enum {
    TUPLE_SIZE = 16,
    LOCALS_LIMIT = 4096,
    FRAME_DEPTH_LIMIT = 100000,
    INTERPRETER_LIMIT = 4096,
    FRAME_OF_FRAME_OBJECT = 24,
    FRAME_OF_OLD_GENERATOR = 16,
};

uintptr_t python_locals_frame_of(uintptr_t object, const struct python_type *type)
{
    if (type->family == PYTHON_FRAME)
        return python_layout.has_frames ? python_word(object, FRAME_OF_FRAME_OBJECT) : object;
    if (type->family == PYTHON_GENERATOR && python_layout.has_frames)
        return object + python_layout.generator_frame;
    return 0; /* up to 3.10 a generator refers to a frame object */
}

static uintptr_t code_of(uintptr_t frame)
{
    return python_word(frame, python_layout.frame_code) & ~PYTHON_MARKS;
}

static size_t tuple_size(uintptr_t tuple)
{
    const struct python_type *type = tuple ? python_types_of(tuple) : NULL;
    size_t count = type && type->family == PYTHON_TUPLE ? python_word(tuple, TUPLE_SIZE) : 0;
    return count < LOCALS_LIMIT ? count : 0;
}

void python_locals_each(uintptr_t frame, python_variable_visitor *visit, void *context)
{
    uintptr_t code = frame ? code_of(frame) : 0, place = frame + python_layout.frame_locals;
    for (size_t kind = 0; kind < 3 && code && python_layout.code_local_names[kind]; kind++) {
        uintptr_t names = python_word(code, python_layout.code_local_names[kind]);
        size_t count = tuple_size(names);
        for (size_t i = 0; i < count; i++, place += 8)
            if (python_reference(python_word(place, 0)))
                visit(python_word(names, python_layout.tuple_items + i * 8),
                      python_reference(python_word(place, 0)), context);
    }
}

/* --- generators --- */

/* The byte with the state is the fifth before the frame. */
static int state_of(uintptr_t generator)
{
    return *(const int8_t *)(generator + python_layout.generator_frame - 5);
}

/* It goes on at an instruction RESUME, and that tells. */
static bool waits_outside_of_try(uintptr_t generator)
{
    enum { OUTERMOST = 4 };
    uintptr_t frame = generator + python_layout.generator_frame;
    uintptr_t instruction = python_word(frame, python_layout.frame_instruction);
    return instruction && *(const uint8_t *)(instruction + 1) & OUTERMOST;
}

uint32_t python_locals_kept(uintptr_t object, const struct python_type *type)
{
    enum { WAITS = -1, WAITS_IN_YIELD = -2 /* 3.13 */ };
    bool keeps_some =
        python_layout.minor == 12 || (python_layout.minor == 13 && python_layout.micro < 6);
    if (type->family != PYTHON_GENERATOR || !keeps_some || state_of(object) == WAITS)
        return 0;
    if (python_layout.minor == 13 && state_of(object) == WAITS_IN_YIELD)
        return waits_outside_of_try(object) ? RECORDING_PYTHON_KEEPS_FUNCTION : 0;
    return RECORDING_PYTHON_KEPT;
}

/* --- frames that run --- */

struct running {
    struct python_local local;
    python_local_visitor *visit;
    void *context;
};

static void visit_running(uintptr_t name, uintptr_t value, void *context)
{
    struct running *running = context;
    running->local.variable = python_label_texts_of_string(name);
    running->local.target = value;
    running->visit(&running->local, running->context);
}

static void visit_frame(struct running *running, uintptr_t frame)
{
    uintptr_t code = code_of(frame);
    running->local.function =
        code ? python_label_texts_of_string(python_word(code, python_layout.code_name)) : 0;
    python_locals_each(frame, visit_running, running);
}

static void visit_thread(struct running *running, uintptr_t thread)
{
    uintptr_t frame = python_innermost_frame(thread);
    running->local.tid =
        python_layout.thread_tid ? (int32_t)python_word(thread, python_layout.thread_tid) : 0;
    for (int depth = 0; frame && depth < FRAME_DEPTH_LIMIT; depth++) {
        if (!python_is_owned_by_c(frame))
            visit_frame(running, frame);
        frame = python_word(frame, python_layout.frame_previous);
    }
}

void python_locals_running(python_local_visitor *visit, void *context)
{
    struct running running = {.visit = visit, .context = context};
    uintptr_t interpreter = python_interpreters_next(0);
    for (int i = 0; interpreter && i < INTERPRETER_LIMIT; i++) {
        uintptr_t thread = python_word(interpreter, python_layout.threads);
        for (; thread; thread = python_word(thread, python_layout.thread_next))
            visit_thread(&running, thread);
        interpreter = python_interpreters_next(interpreter);
    }
}
