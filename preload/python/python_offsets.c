/* SPDX-License-Identifier: MIT */
#include "preload/python/python_offsets.h"

#include <string.h>

#define THREAD_TO_310 .thread_id = 176, .thread_frame = 24
#define FRAME_TO_310 .frame_previous = 24, .frame_code = 32
#define CODE_TO_310                                                                                \
    .code_file = 104, .code_name = 112, .code_first_line = 40, .code_lines = 120,                  \
    .code_instructions = 176
#define STRINGS_TO_311 .string_ascii_bytes = 48, .string_compact_bytes = 72

static const struct python_offsets known[] = {
    {.minor = 8,
     THREAD_TO_310,
     FRAME_TO_310,
     CODE_TO_310,
     STRINGS_TO_311,
     .frame_instruction = 104,
     .instruction_shift = 1},
    {.minor = 9,
     THREAD_TO_310,
     FRAME_TO_310,
     CODE_TO_310,
     STRINGS_TO_311,
     .frame_instruction = 104,
     .instruction_shift = 1},
    {.minor = 10,
     THREAD_TO_310,
     FRAME_TO_310,
     CODE_TO_310,
     STRINGS_TO_311,
     .frame_instruction = 96,
     .has_cframe = true,
     .thread_cframe = 48,
     .cframe_previous = 8},
    {.minor = 11,
     .thread_id = 152,
     .has_cframe = true,
     .has_cframe_frame = true,
     .thread_cframe = 56,
     .cframe_frame = 8,
     .cframe_previous = 16,
     .frame_previous = 48,
     .frame_code = 32,
     .frame_instruction = 56,
     .frame_is_entry = 68,
     .frame_owner = 69,
     .code_file = 112,
     .code_name = 128,
     .code_first_line = 72,
     .code_lines = 136,
     .code_instructions = 184,
     .code_first_traceable = 168,
     .has_pointers = true,
     STRINGS_TO_311},
    {.minor = 12,
     .thread_id = 136,
     .has_cframe = true,
     .has_cframe_frame = true,
     .thread_cframe = 56,
     .cframe_frame = 0,
     .cframe_previous = 8,
     .frame_previous = 8,
     .frame_code = 0,
     .frame_instruction = 56,
     .frame_owner = 70,
     .code_file = 112,
     .code_name = 128,
     .code_first_line = 68,
     .code_lines = 136,
     .code_instructions = 192,
     .code_first_traceable = 176,
     .has_pointers = true,
     .string_ascii_bytes = 40,
     .string_compact_bytes = 56},
};

/* The beginning of _PyRuntime from 3.13 on, as 3.13 has it: what the interpreter says of itself. */
struct debug_offsets {
    char cookie[8];
    uint64_t version, free_threaded;
    struct {
        uint64_t size, finalizing, interpreters;
    } runtime;
    struct {
        uint64_t size, id, next, threads, gc, others[8];
    } interpreter;
    struct {
        uint64_t size, previous, next, interpreter, current_frame, thread_id, native_thread_id,
            chunk, status;
    } thread;
    struct {
        uint64_t size, previous, executable, instruction, locals, owner;
    } frame;
    struct {
        uint64_t size, file, name, qualified_name, lines, first_line, argument_count, names, kinds,
            instructions;
    } code;
    uint64_t object[2], type[4], tuple[3], list[3], dict[3], floating[2], integer[3], bytes[3];
    struct {
        uint64_t size, state, length, ascii_bytes;
    } string;
};

static const struct debug_offsets *debug_offsets_at(uintptr_t runtime)
{
    const struct debug_offsets *said = (const struct debug_offsets *)runtime;
    return runtime != 0 && memcmp(said->cookie, "xdebugpy", sizeof said->cookie) == 0 ? said : NULL;
}

bool python_offsets_is_free_threaded(unsigned minor, uintptr_t runtime)
{
    const struct debug_offsets *said = minor == 13 ? debug_offsets_at(runtime) : NULL;
    return said != NULL && said->free_threaded != 0;
}

static bool read_debug_offsets(const struct debug_offsets *said, struct python_offsets *offsets)
{
    if (said == NULL || said->version >> 16 != 0x030d || said->code.instructions > 4096 ||
        said->thread.size > 65536)
        return false;
    *offsets = (struct python_offsets){
        .minor = 13,
        .thread_id = (uint32_t)said->thread.thread_id,
        .thread_frame = (uint32_t)said->thread.current_frame,
        .frame_previous = (uint32_t)said->frame.previous,
        .frame_code = (uint32_t)said->frame.executable,
        .frame_instruction = (uint32_t)said->frame.instruction,
        .frame_owner = (uint32_t)said->frame.owner,
        .code_file = (uint32_t)said->code.file,
        .code_name = (uint32_t)said->code.qualified_name,
        .code_first_line = (uint32_t)said->code.first_line,
        .code_lines = (uint32_t)said->code.lines,
        .code_instructions = (uint32_t)said->code.instructions,
        .code_first_traceable = (uint32_t)said->code.instructions - 16,
        .has_pointers = true,
        .string_ascii_bytes = (uint32_t)said->string.ascii_bytes,
        .string_compact_bytes = (uint32_t)said->string.ascii_bytes + 16,
    };
    return true;
}

bool python_offsets_of_interpreter(unsigned minor, uintptr_t runtime,
                                   struct python_interpreter_offsets *offsets)
{
    const struct debug_offsets *said = minor == 13 ? debug_offsets_at(runtime) : NULL;
    if (said == NULL || said->interpreter.next > UINT16_MAX ||
        said->interpreter.threads > UINT16_MAX || said->interpreter.gc > UINT16_MAX ||
        said->runtime.finalizing < sizeof *said)
        return false;
    *offsets = (struct python_interpreter_offsets){
        .runtime_finalizing = (uint16_t)said->runtime.finalizing,
        .runtime_interpreters = (uint16_t)said->runtime.interpreters,
        .next = (uint16_t)said->interpreter.next,
        .threads = (uint16_t)said->interpreter.threads,
        .gc = (uint16_t)said->interpreter.gc,
        .thread_next = (uint16_t)said->thread.next,
        .thread_frame = (uint16_t)said->thread.current_frame,
        .thread_id = (uint16_t)said->thread.thread_id,
        .thread_native_id = (uint16_t)said->thread.native_thread_id,
    };
    return true;
}

bool python_offsets_of(unsigned minor, uintptr_t runtime, struct python_offsets *offsets)
{
    if (minor == 13)
        return read_debug_offsets(debug_offsets_at(runtime), offsets);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].minor == minor) {
            *offsets = known[i];
            return true;
        }
    return false;
}
