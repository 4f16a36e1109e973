/* SPDX-License-Identifier: MIT */
#include "report/base/markup.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

/*
 * Length of what XML 1.0 does not allow: control characters, and two code points that UTF-8 can
 * encode.
 */
static size_t foreign_bytes(const char *text)
{
    if ((unsigned char)*text < ' ')
        return strchr("\t\n\r", *text) ? 0 : 1;
    return strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0 ? 3 : 0;
}

static void write_character(FILE *file, char character)
{
    switch (character) {
    case '&':
        fputs("&amp;", file);
        break;
    case '<':
        fputs("&lt;", file);
        break;
    case '>':
        fputs("&gt;", file);
        break;
    case '"':
        fputs("&quot;", file);
        break;
    case '\'':
        fputs("&#39;", file);
        break;
    default:
        fputc(character, file);
    }
}

void markup_text(FILE *file, const char *text)
{
    while (*text) {
        size_t skip = foreign_bytes(text);

        write_character(file, skip ? '?' : *text);
        text += skip ? skip : 1;
    }
}

void markup_printf(FILE *file, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    markup_text(file, text);
}
