/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/fingerprint.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/symbols/frame_kind.h"
#include "analyzer/cxx/stable_name.h"

enum { FRAMES_THAT_COUNT = 8 };

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3); /* FNV-1a */
}

uint64_t fingerprint_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = hash_byte(hash, (unsigned char)*text);
    return hash_byte(hash, 0);
}

uint64_t fingerprint_number(uint64_t hash, uint64_t number)
{
    for (int shift = 0; shift < 64; shift += 8)
        hash = hash_byte(hash, (unsigned char)(number >> shift));
    return hash;
}

void fingerprint_print(char fingerprint[FINGERPRINT_BYTES], uint64_t hash)
{
    snprintf(fingerprint, FINGERPRINT_BYTES, "%016" PRIx64, hash);
}

enum { LONGEST_NAME = 4096 };

static uint64_t hash_frame(uint64_t hash, const struct frame *frame)
{
    char name[LONGEST_NAME];
    if (!frame->function && !frame->module)
        return fingerprint_text(hash, "?"); /* code made at run time has a new address each time */
    if (!frame->function)
        return fingerprint_number(fingerprint_text(hash, frame->module), frame->offset);
    if (!strpbrk(frame->function, "<({$' "))
        return fingerprint_text(hash, frame->function); /* most names are plain */
    stable_name(frame->function, name, sizeof name);
    return fingerprint_text(hash, name);
}

/* For the standard library, the class counts, not the member: which members appear depends on what
 * the compiler inlined and which calls it turned into jumps. */
static uint64_t hash_called(uint64_t hash, const struct frame *frame)
{
    char name[LONGEST_NAME];
    stable_name_of_class(frame->function, name, sizeof name);
    return fingerprint_text(hash, name);
}

/* The standard library, including its templates in the program: how many of its functions stand
 * between two of the user's depends on the library's version. */
static bool is_standard(const struct frame *frame)
{
    return frame->function && (strncmp(frame->function, "std::", strlen("std::")) == 0 ||
                               strncmp(frame->function, "__gnu_cxx::", strlen("__gnu_cxx::")) == 0);
}

static bool is_start(const struct frame *frame)
{
    return frame->function && strcmp(frame->function, "_start") == 0;
}

/* Recursion may be unrolled, and is as deep as the data demand. */
static bool is_same_function(const struct frame *one, const struct frame *other)
{
    return one && one->function && other->function && strcmp(one->function, other->function) == 0;
}

uint64_t fingerprint_stack(const struct stack *stack)
{
    uint64_t hash = FINGERPRINT_START;
    const struct frame *called =
        NULL; /* what the user called in the library: std::make_shared<Planner> */
    const struct frame *last = NULL; /* the user's */
    size_t counted = 0;
    for (size_t i = 0; i < stack->frame_count && counted < FRAMES_THAT_COUNT; i++) {
        const struct frame *frame = &stack->frames[i];
        if (is_standard(frame))
            called = frame;
        if (is_standard(frame) || frame_is_runtime(frame) || is_start(frame))
            continue;
        if (!called && is_same_function(last, frame))
            continue;
        if (called)
            hash = hash_called(hash, called);
        hash = hash_frame(hash, frame);
        called = NULL;
        last = frame;
        counted++;
    }
    for (size_t i = 0; counted == 0 && i < stack->frame_count && i < FRAMES_THAT_COUNT; i++)
        hash = hash_frame(hash, &stack->frames[i]);
    return hash;
}
