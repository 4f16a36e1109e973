/* SPDX-License-Identifier: MIT */
#include "report/base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length by the first byte, and the smallest code point that needs it; 0 when it starts nothing. */
static size_t expected_length(unsigned char first, uint32_t *code, uint32_t *smallest)
{
    static const struct {
        unsigned char mask, start;
        uint32_t smallest;
    } kinds[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if ((first & kinds[i].mask) != kinds[i].start)
            continue;
        *code = first & (unsigned char)~kinds[i].mask;
        *smallest = kinds[i].smallest;
        return i + 1;
    }
    return 0;
}

size_t utf8_character(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t code, smallest;
    size_t length = bytes[0] ? expected_length(bytes[0], &code, &smallest) : 0;

    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (length && (code < smallest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)))
        return 0;
    return length;
}

size_t utf8_length(const char *text)
{
    size_t length = 0;

    for (; *text; text++)
        length += (*text & 0xc0) != 0x80;
    return length;
}

static bool is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0], second = length == 2 ? (unsigned char)text[1] : 0;

    return first < 0x20 || first == 0x7f || (first == 0xc2 && second >= 0x80 && second < 0xa0);
}

size_t utf8_copy(char *copy, size_t size, const char *text, bool no_controls)
{
    size_t used = 0;

    while (*text) {
        size_t length = utf8_character(text);
        bool escape = length == 0 || (no_controls && is_control(text, length));

        if (used + (escape ? 4 : length) >= size)
            break;
        if (escape) {
            used += (size_t)sprintf(copy + used, "\\x%02x", (unsigned char)*text++);
            continue;
        }
        memcpy(copy + used, text, length);
        used += length;
        text += length;
    }
    copy[used] = 0;
    return used;
}

char *utf8_clean(const char *text)
{
    size_t size = 4 * strlen(text) + 1;
    char *copy = malloc(size);

    if (copy)
        utf8_copy(copy, size, text, false);
    return copy;
}
