/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LAYOUT_H
#define LEAKGRAPH_PYTHON_LAYOUT_H

/*
 * Where CPython keeps what the collector works with: offsets of one version, in bytes. Objects look
 * the same in all of them: type at 8, and in a type the fields of enum python_type_field.
 */

#include <stdbool.h>
#include <stdint.h>

struct python_layout {
    unsigned minor;
    uint16_t initialized, finalizing,
        interpreters; /* in _PyRuntime; behind the list's head: the main one */
    uint16_t interpreter_next, gc, threads; /* in the interpreter; 3.8: gc in _PyRuntime */
    uint16_t thread_next, thread_frame,
        thread_id; /* in a thread's state; id: the kernel's, 0 unknown */
    uint16_t thread_pthread;
    uint16_t thread_stack_top;         /* of the stack of frames; its end is in the next word */
    uint16_t free_lists;               /* in the interpreter; 0 unknown */
    uint16_t type_keys, type_qualname; /* in a type on the heap */
    bool has_cframe, has_frames; /* frames are no objects (3.11 on); reached through a cframe */
    bool has_gc_in_runtime;
    uint16_t frame_previous, frame_code, frame_owner,
        frame_locals; /* locals: the array behind the fixed part */
    uint16_t cframe_frame, generator_frame;
    uint16_t code_local_names[3]; /* tuples, one after another; 0 none */
    uint16_t code_name;           /* the qualified one, where there is one */
    uint16_t string_compact_bytes, string_ascii_bytes;
    bool has_new_keys, has_values_before, has_tagged_values, has_inline_values, has_immortals;
};

enum python_type_field {
    PYTHON_TYPE_NAME = 24,
    PYTHON_TYPE_BASIC_SIZE = 32,
    PYTHON_TYPE_ITEM_SIZE = 40,
    PYTHON_TYPE_FLAGS = 168,
    PYTHON_TYPE_TRAVERSE = 184,
    PYTHON_TYPE_MEMBERS = 240,
    PYTHON_TYPE_BASE = 256,
    PYTHON_TYPE_DICT = 264,
    PYTHON_TYPE_DICT_OFFSET = 288,
    PYTHON_TYPE_BASES = 336,
    PYTHON_TYPE_MRO = 344,
    PYTHON_TYPE_CACHE = 352,
    PYTHON_TYPE_SUBCLASSES = 360,
    PYTHON_TYPE_FINALIZE = 392,
};

/* The collector's state, the same from 3.8 to 3.13. */
enum python_gc_field {
    PYTHON_GC_ENABLED = 12,
    PYTHON_GC_DEBUG = 16,
    PYTHON_GC_GENERATION_BYTES = 24, /* list head, threshold, count */
    PYTHON_GC_YOUNGEST = 96,         /* points to the youngest generation */
    PYTHON_GC_PERMANENT = 104,
    PYTHON_GC_STATISTICS = 128, /* per generation: collections, collected, uncollectable */
    PYTHON_GC_COLLECTING = 200,
    PYTHON_GC_GARBAGE = 208,
    PYTHON_GC_HEAD_BYTES = 16,
};

/* NULL: no Python, or one that we do not know. */
extern const struct python_layout *python_layout;

/* Takes the layout of the Python that python.h knows; false when there is none (yet). Cheap. */
bool python_layout_find(void);

/* Objects can be looked at: initialised, and the end has not begun, or is about to. */
bool python_layout_is_readable(bool is_ending);
/* The rest needs a layout. */
/* The state of the thread that finalises Python, 0 before: threads and exit handlers are through
 * then. */
uintptr_t python_layout_finalising_thread(void);
/* The state of the main interpreter, 0 when there is none; and all, one by one from 0 on. */
uintptr_t python_layout_interpreter(void);
uintptr_t python_layout_next_interpreter(uintptr_t interpreter);
/* The collector's state: 3.8 has one for all interpreters. */
uintptr_t python_layout_collector(uintptr_t interpreter);
/* At work: what is garbage cannot be told then. */
bool python_layout_is_collecting(uintptr_t collector);
/* Its lists, from the youngest on; 0 when they are not where this version has them. May fault. */
uintptr_t python_layout_generations(uintptr_t collector);

/* Whether there are other interpreters besides the main one. Cheap; false while no layout is known.
 */
bool python_layout_has_several(void);

static inline uintptr_t python_word(uintptr_t at, uintptr_t offset)
{
    return *(const uintptr_t *)(at + offset);
}

#endif
