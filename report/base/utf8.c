/* SPDX-License-Identifier: MIT */
#include "report/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"

size_t utf8_character(const char *text)
{
    enum { MOST_BYTES = 4 };
    return text_character(text, MOST_BYTES); /* the NUL at the end cuts a character short */
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
