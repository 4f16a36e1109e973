/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_OFFSETS_H
#define LEAKGRAPH_PYTHON_OFFSETS_H

/*
 * Where CPython keeps its frames and code objects: offsets in bytes, one set for each version
 * from 3.8 to 3.12, and from 3.13 on as the interpreter says it itself (_Py_DebugOffsets). Believed
 * only after a look at a frame that runs, see python_frames.c. 0 stands for what a version does not
 * have.
 */

#include <stdbool.h>
#include <stdint.h>

struct python_offsets {
    unsigned minor; /* of 3.minor */
    /* thread state */
    uint32_t thread_id;     /* pthread_self() of its thread */
    uint32_t thread_frame;  /* the innermost frame; 3.10 has this and a cframe */
    uint32_t thread_cframe; /* what lies in the C frame of each running _PyEval_EvalFrameDefault */
    uint32_t cframe_frame, cframe_previous;
    bool has_cframe, has_cframe_frame;
    /* frame */
    uint32_t frame_previous, frame_code;
    uint32_t frame_instruction; /* a pointer; up to 3.10 an int, the index of the instruction */
    uint32_t frame_is_entry;    /* 3.11: a byte, set in the outermost frame of each evaluation */
    uint32_t
        frame_owner; /* 3.11 on: a byte, PYTHON_OWNED_BY_C for what is in the C frame (3.12 on) */
    /* code object */
    uint32_t code_file, code_name, code_first_line, code_lines;
    uint32_t code_instructions; /* 3.11 on: where they begin; up to 3.10 the object's size */
    uint32_t
        code_first_traceable; /* 3.11 on: an int, index of the first instruction of a begun call */
    bool has_pointers;        /* frame_instruction is one */
    uint32_t instruction_shift; /* up to 3.10: from frame_instruction to units of 2 bytes */
    /* str */
    uint32_t string_ascii_bytes, string_compact_bytes;
};

enum {
    PYTHON_OBJECT_TYPE = 8,
    PYTHON_VARIABLE_SIZE = 16, /* of bytes, str, tuple */
    PYTHON_STRING_STATE = 32,
    PYTHON_BYTES_CONTENT = 32,
    PYTHON_CODE_BYTES = 48, /* up to 3.10: a bytes object */
    PYTHON_OWNED_BY_GENERATOR = 1,
    PYTHON_OWNED_BY_C = 3,
};

/* False when this version is not known. `runtime`: address of _PyRuntime. */
bool python_offsets_of(unsigned minor, uintptr_t runtime, struct python_offsets *offsets);
/* What 3.13 says of its interpreters and threads. */
struct python_interpreter_offsets {
    uint16_t runtime_finalizing, runtime_interpreters; /* in _PyRuntime */
    uint16_t next, threads, gc;
    uint16_t thread_next, thread_frame, thread_id, thread_native_id;
};
/* False when it says nothing, or what cannot be. */
bool python_offsets_of_interpreter(unsigned minor, uintptr_t runtime,
                                   struct python_interpreter_offsets *offsets);
/* 3.13, built to run without the global lock. */
bool python_offsets_is_free_threaded(unsigned minor, uintptr_t runtime);

#endif
