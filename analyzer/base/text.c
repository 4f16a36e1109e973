/* SPDX-License-Identifier: MIT */
#include "analyzer/base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t text_character(const char *text, size_t left)
{
    const unsigned char *bytes = (const unsigned char *)text;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return lead != 0;
    size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || count > left)
        return 0;
    uint32_t code = lead & (0xffu >> (count + 1));
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    if (code < smallest[count] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    return count;
}

const char *text_utf8(struct arena *arena, const char *bytes, size_t length)
{
    enum { ESCAPE_BYTES = 4 };
    size_t bad = 0;
    for (size_t i = 0, step; i < length; i += step ? step : 1) {
        step = text_character(bytes + i, length - i);
        bad += step == 0;
    }
    if (bad == 0)
        return arena_copy(arena, bytes, length);

    char *text = arena_alloc(arena, length + bad * (ESCAPE_BYTES - 1) + 1);
    char *out = text;
    for (size_t i = 0, step; i < length; i += step ? step : 1) {
        step = text_character(bytes + i, length - i);
        memcpy(out, bytes + i, step);
        out += step;
        if (step == 0)
            out += sprintf(out, "\\x%02x", (unsigned char)bytes[i]);
    }
    return text;
}

const char *text_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}
