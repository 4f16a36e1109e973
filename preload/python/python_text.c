/* SPDX-License-Identifier: MIT */
#include "preload/python/python_text.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "preload/base/lossy_map.h"
#include "preload/base/private_memory.h"
#include "preload/python/python_string.h"
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
    size_t length = python_string_utf8(object, utf8, sizeof utf8);
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
