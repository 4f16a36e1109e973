/* SPDX-License-Identifier: MIT */
#include "preload/python/python_string.h"

#include <stdbool.h>

#include "preload/python/python_layout.h"

/* Bits of the state word: bytes per character, then whether they follow the head at once, and
   whether all are ASCII. */
enum { STATE_WIDTH_SHIFT = 2, STATE_WIDTH_MASK = 7, STATE_COMPACT = 1 << 5, STATE_ASCII = 1 << 6 };
enum { LONGEST_CHARACTER = 4 };

/* A file name that is no UTF-8 has its odd bytes as U+DC80 .. U+DCFF: they become bytes again. */
static size_t put_character(char *at, uint32_t character)
{
    if (character < 0x80 || (character >= 0xdc80 && character <= 0xdcff)) {
        at[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        at[0] = (char)(0xc0 | character >> 6);
        at[1] = (char)(0x80 | (character & 63));
        return 2;
    }
    if (character < 0x10000) {
        at[0] = (char)(0xe0 | character >> 12);
        at[1] = (char)(0x80 | (character >> 6 & 63));
        at[2] = (char)(0x80 | (character & 63));
        return 3;
    }
    at[0] = (char)(0xf0 | character >> 18);
    at[1] = (char)(0x80 | (character >> 12 & 63));
    at[2] = (char)(0x80 | (character >> 6 & 63));
    at[3] = (char)(0x80 | (character & 63));
    return 4;
}

static uint32_t character_at(const void *data, unsigned width, size_t i)
{
    return width == 1   ? ((const uint8_t *)data)[i]
           : width == 2 ? ((const uint16_t *)data)[i]
                        : ((const uint32_t *)data)[i];
}

size_t python_string_utf8(uintptr_t string, char *text, size_t capacity)
{
    uint32_t state = *(const uint32_t *)(string + PYTHON_STRING_STATE);
    size_t length = *(const size_t *)(string + PYTHON_VARIABLE_SIZE), used = 0;
    unsigned width = state >> STATE_WIDTH_SHIFT & STATE_WIDTH_MASK;
    const void *data =
        (const void *)(string + (state & STATE_ASCII ? python_layout.string_ascii_bytes
                                                     : python_layout.string_compact_bytes));
    if (!(state & STATE_COMPACT) || (width != 1 && width != 2 && width != 4))
        return 0;
    for (size_t i = 0; i < length && used + LONGEST_CHARACTER <= capacity; i++)
        used += put_character(text + used, character_at(data, width, i));
    return used;
}
