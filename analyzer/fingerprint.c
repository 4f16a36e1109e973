/* SPDX-License-Identifier: MIT */
#include "analyzer/fingerprint.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/frame_kind.h"

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

static uint64_t hash_frame(uint64_t hash, const struct frame *frame)
{
    if (frame->function)
        return fingerprint_text(hash, frame->function);
    if (!frame->module)
        return fingerprint_text(hash,
                                "?"); /* code made at run time has another address each time */
    return fingerprint_number(fingerprint_text(hash, frame->module), frame->offset);
}

/* Templates of the standard library: how many of them stand between two functions of the user's is
   a matter of the library's version. */
static bool is_standard_template(const struct frame *frame)
{
    return frame->function && (strncmp(frame->function, "std::", strlen("std::")) == 0 ||
                               strncmp(frame->function, "__gnu_cxx::", strlen("__gnu_cxx::")) == 0);
}

uint64_t fingerprint_stack(const struct stack *stack)
{
    uint64_t hash = FINGERPRINT_START;
    const struct frame *called = NULL; /* of the library by the user: std::make_shared<Planner> */
    size_t counted = 0;
    for (size_t i = 0; i < stack->frame_count && counted < FRAMES_THAT_COUNT; i++) {
        const struct frame *frame = &stack->frames[i];
        if (frame_is_runtime(frame))
            continue;
        if (is_standard_template(frame)) {
            called = frame;
            continue;
        }
        if (called)
            hash = hash_frame(hash, called);
        hash = hash_frame(hash, frame);
        called = NULL;
        counted++;
    }
    for (size_t i = 0; counted == 0 && i < stack->frame_count && i < FRAMES_THAT_COUNT; i++)
        hash = hash_frame(hash, &stack->frames[i]);
    return hash;
}
