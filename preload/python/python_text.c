/* SPDX-License-Identifier: MIT */
#include "preload/python/python_text.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "preload/base/lossy_map.h"
#include "preload/base/private_memory.h"
#include "preload/python/python.h"
#include "preload/recording/recording_writer.h"

enum { LONGEST_TEXT = 2048, ROOM_BYTES = 64 * 1024 };

/* Hash of the bytes -> struct python_text. What it forgets is kept twice. */
static struct lossy_map texts = {.initial_bits = 10, .limit_bits = 18};

/* Where the next text goes: taken in one piece, and a new room when it is full. */
struct room {
    _Atomic size_t used;
    char bytes[];
};
static struct room *_Atomic current_room;

static void *take_room(size_t size_bytes)
{
    for (;;) {
        struct room *room = atomic_load(&current_room);
        size_t at = room != NULL ? atomic_fetch_add(&room->used, size_bytes) : ROOM_BYTES;
        if (at + size_bytes <= ROOM_BYTES - sizeof *room)
            return room->bytes + at;
        struct room *fresh = private_memory_map(ROOM_BYTES);
        if (fresh == NULL)
            return NULL;
        if (!atomic_compare_exchange_strong(&current_room, &room, fresh))
            private_memory_unmap(fresh, ROOM_BYTES);
    }
}

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

/* The state of a str: from bit 2 on bytes per character, then whether they follow the head at once,
   and whether all are ASCII. */
static size_t copy_utf8(uintptr_t object, char *text)
{
    const struct python_offsets *offsets = &python.offsets;
    uint32_t state = *(const uint32_t *)(object + PYTHON_STRING_STATE);
    size_t length = *(const size_t *)(object + PYTHON_VARIABLE_SIZE), used = 0;
    unsigned width = state >> 2 & 7;
    bool is_compact = state >> 5 & 1, is_ascii = state >> 6 & 1;
    const char *data = (const char *)object +
                       (is_ascii ? offsets->string_ascii_bytes : offsets->string_compact_bytes);
    if (!is_compact)
        return 0;
    for (size_t i = 0; i < length && used + 4 <= LONGEST_TEXT; i++) {
        uint32_t character = width == 1   ? ((const uint8_t *)data)[i]
                             : width == 2 ? ((const uint16_t *)data)[i]
                                          : ((const uint32_t *)data)[i];
        used += put_character(text + used, character);
    }
    return used;
}

static uint64_t hash_of(const char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ length;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    return hash != 0 ? hash : 1;
}

struct python_text *python_text_of(uintptr_t object)
{
    char utf8[LONGEST_TEXT];
    size_t length = copy_utf8(object, utf8);
    uint64_t hash = hash_of(utf8, length);
    struct python_text *text = (struct python_text *)(uintptr_t)lossy_map_get(&texts, hash);
    if (text != NULL && text->length == length && memcmp(text->bytes, utf8, length) == 0)
        return text;
    text = take_room((sizeof *text + length + 7) & ~(size_t)7);
    if (text == NULL)
        return NULL;
    text->length = (uint32_t)length;
    memcpy(text->bytes, utf8, length);
    python_text_write(text);
    lossy_map_put(&texts, hash, (uintptr_t)text);
    return text;
}

void python_text_write(struct python_text *text)
{
    text->reference = recording_string(text->bytes, text->length);
}
