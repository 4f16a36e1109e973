/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DWARF_BYTES_H
#define LEAKGRAPH_DWARF_BYTES_H

/*
 * Reads the numbers of .eh_frame, never past its end: a reader that ran out stays there, sets
 * `failed` and returns zeros. Safe inside malloc and in signal handlers.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dwarf_bytes {
    const uint8_t *at, *end;
    bool failed;
};

static inline struct dwarf_bytes dwarf_bytes(const uint8_t *start, const uint8_t *end)
{
    return (struct dwarf_bytes){.at = start, .end = end, .failed = false};
}

static inline bool dwarf_bytes_left(const struct dwarf_bytes *bytes)
{
    return !bytes->failed && bytes->at < bytes->end;
}

/* Skips `count` bytes and returns where they start; NULL when fewer are left. */
static inline const uint8_t *dwarf_skip(struct dwarf_bytes *bytes, uint64_t count)
{
    const uint8_t *start = bytes->at;
    if (bytes->failed || count > (uint64_t)(bytes->end - bytes->at)) {
        bytes->failed = true;
        return NULL;
    }
    bytes->at += count;
    return start;
}

/* A little-endian number of 1, 2, 4 or 8 bytes. */
static inline uint64_t dwarf_fixed(struct dwarf_bytes *bytes, unsigned size)
{
    uint64_t value = 0;
    const uint8_t *from = dwarf_skip(bytes, size);
    if (from != NULL)
        memcpy(&value, from, size);
    return value;
}

static inline int64_t dwarf_fixed_signed(struct dwarf_bytes *bytes, unsigned size)
{
    unsigned unused_bits = 64 - 8 * size;
    return (int64_t)(dwarf_fixed(bytes, size) << unused_bits) >> unused_bits;
}

static inline uint64_t dwarf_leb(struct dwarf_bytes *bytes, unsigned *bits)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = (uint8_t)dwarf_fixed(bytes, 1);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    *bits = byte & 0x40 ? shift : 64;
    return value;
}

static inline uint64_t dwarf_unsigned(struct dwarf_bytes *bytes)
{
    unsigned bits;
    return dwarf_leb(bytes, &bits);
}

static inline int64_t dwarf_signed(struct dwarf_bytes *bytes)
{
    unsigned bits;
    uint64_t value = dwarf_leb(bytes, &bits);
    return (int64_t)(bits < 64 ? value | -(UINT64_C(1) << bits) : value);
}

#endif
