/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_label_texts.h"

#include <stddef.h>
#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/scan/python_types.h"

/* Keys of huge dicts are all different: beyond this many, edges have a kind of label but no text.
 */
enum { TABLE_BITS = 19, TEXT_LIMIT = 1 << 18, TEXT_BYTES = 120 };

static struct {
    uintptr_t address;
    uint64_t text;
} * known;
static uint64_t text_count;
static struct scan_stream *texts;

bool python_label_texts_start(struct scan_stream *stream)
{
    texts = stream;
    known = private_memory_map(sizeof(*known) << TABLE_BITS);
    return known != NULL;
}

static size_t place_of(uintptr_t address)
{
    size_t place = address * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);
    while (known[place].address && known[place].address != address)
        place = (place + 1) & (((size_t)1 << TABLE_BITS) - 1);
    return place;
}

static uint64_t add(size_t place, uintptr_t address, const char *text)
{
    known[place].address = address;
    known[place].text = ++text_count;
    scan_stream_number(texts, strlen(text));
    scan_stream_bytes(texts, text, strlen(text));
    return text_count;
}

uint64_t python_label_texts_of_string(uintptr_t string)
{
    char text[TEXT_BYTES];
    size_t place = string ? place_of(string) : 0;
    if (!string || known[place].address)
        return string ? known[place].text : 0;
    if (text_count >= TEXT_LIMIT || !python_types_text(string, text, sizeof text))
        return 0;
    return add(place, string, text);
}

uint64_t python_label_texts_of_c_string(const char *text)
{
    char copy[TEXT_BYTES] = {0};
    size_t place = text ? place_of((uintptr_t)text) : 0;
    if (!text || known[place].address)
        return text ? known[place].text : 0;
    if (text_count >= TEXT_LIMIT)
        return 0;
    for (size_t i = 0; i + 1 < sizeof copy && text[i]; i++)
        copy[i] = text[i];
    return add(place, (uintptr_t)text, copy);
}

uint64_t python_label_texts_count(void)
{
    return text_count;
}
