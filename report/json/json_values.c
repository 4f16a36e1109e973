/* SPDX-License-Identifier: MIT */
#include "report/json/json_values.h"

#include <stdlib.h>

#include "report/base/utf8.h"

json_t *json_text(const char *string)
{
    json_t *value;
    char *clean;

    if (!string)
        return json_null();
    clean = utf8_clean(string);
    value = clean ? json_string_nocheck(clean) : NULL;
    free(clean);
    return value;
}

json_t *json_number(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

json_t *json_hex(uint64_t address)
{
    return json_sprintf("0x%llx", (unsigned long long)address);
}

json_t *json_amount(const struct amount *of)
{
    return json_pack("{s:o, s:o}", "blocks", json_number(of->blocks), "bytes",
                     json_number(of->bytes));
}

static json_t *frame(const struct frame *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "function", json_text(of->function),
                     "file", json_text(of->file), "line", json_number(of->line), "module",
                     json_text(of->module), "offset", json_number(of->offset), "language",
                     of->language == FRAME_PYTHON ? "python" : "native", "inlined", of->inlined);
}

json_t *json_stack(const struct stack *of)
{
    json_t *frames = json_array();

    for (size_t i = 0; i < of->frame_count; i++)
        json_array_append_new(frames, frame(&of->frames[i]));
    return frames;
}

json_t *json_site_stack(const struct site *site)
{
    return site ? json_stack(&site->stack) : json_array();
}
