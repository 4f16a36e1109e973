/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_owners.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_types.h"

enum { HEADER_BYTES = 16, WIDE_HEADER_BYTES = 24, POINTER_BYTES = 8, TYPES = 1 << 16 };

/* Where the object of a control block is. */
enum place {
    PLACE_UNKNOWN, /* not looked at yet */
    PLACE_NONE,    /* no control block */
    PLACE_INSIDE,  /* make_shared */
    PLACE_FIRST,   /* a pointer behind the counts leads to it */
    PLACE_LAST,    /* the same at the end of the block, behind the deleter */
};

struct layout {
    uint8_t place;       /* enum place */
    uint8_t mutex_bytes; /* a mutex before the counts, where they are not atomic */
    bool is_wide;        /* counts of 64 bits, each less by one: libc++ */
};

static const struct {
    const char *name; /* how it begins */
    const char *part; /* what must follow somewhere; NULL: anything */
    struct layout layout;
} known[] = {
    {"St23_Sp_counted_ptr_inplaceI", NULL, {.place = PLACE_INSIDE}},
    {"St15_Sp_counted_ptrI", NULL, {.place = PLACE_FIRST}},
    {"St19_Sp_counted_deleterI", NULL, {.place = PLACE_LAST}},
    {"N5boost6detail18sp_counted_impl_pdI", "13sp_ms_deleterI", {.place = PLACE_INSIDE}},
    {"N5boost6detail19sp_counted_impl_pdaI", "13sp_ms_deleterI", {.place = PLACE_INSIDE}},
    {"N5boost6detail19sp_counted_impl_pdaI", "13sp_as_deleterI", {.place = PLACE_INSIDE}},
    {"N5boost6detail17sp_counted_impl_pI", NULL, {.place = PLACE_FIRST}},
    {"N5boost6detail18sp_counted_impl_pdI", NULL, {.place = PLACE_FIRST}},
    {"N5boost6detail19sp_counted_impl_pdaI", NULL, {.place = PLACE_FIRST}},
    {"NSt3__120__shared_ptr_emplaceI", NULL, {.place = PLACE_INSIDE, .is_wide = true}},
    {"NSt3__120__shared_ptr_pointerI", NULL, {.place = PLACE_FIRST, .is_wide = true}},
};

static struct layout layouts[TYPES]; /* by type */
static size_t next_index;            /* the node after the last one written */

/* The last argument of libstdc++'s templates is the lock policy: 1 stands for a mutex. */
static bool has_mutex(const char *name)
{
    static const char tail[] = "_Lock_policyE1EE";
    size_t length = strlen(name), tail_length = sizeof tail - 1;
    return length > tail_length && strcmp(name + length - tail_length, tail) == 0;
}

static struct layout layout_of_name(const char *name)
{
    struct layout layout = {.place = PLACE_NONE};
    name += *name == '*';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(name, known[i].name, strlen(known[i].name)) != 0 ||
            (known[i].part && !strstr(name, known[i].part)))
            continue;
        layout = known[i].layout;
        layout.mutex_bytes = has_mutex(name) ? (uint8_t)sizeof(pthread_mutex_t) : 0;
        break;
    }
    return layout;
}

static const struct layout *layout_of(uint32_t type)
{
    struct layout *layout = &layouts[type % TYPES];
    if (layout->place == PLACE_UNKNOWN)
        *layout = layout_of_name(scan_types_name(type));
    return layout;
}

struct words {
    uintptr_t all[2];
    size_t count;
};

static void take_word(uintptr_t word, uintptr_t where, void *context)
{
    struct words *words = context;
    (void)where;
    words->all[words->count++] = word;
}

struct counts {
    uint64_t owners, weak;
};

/* Together the owners count as one weak reference. False when these can be no counts. */
static bool read_counts(const struct layout *layout, const struct scan_node *node,
                        struct counts *counts)
{
    const uint64_t most = 1 << 24;
    uintptr_t start = node->address + POINTER_BYTES + layout->mutex_bytes;
    struct words words = {.count = 0};
    scan_guard_words(start, start + (layout->is_wide ? 16 : 8), take_word, &words);
    if (layout->is_wide)
        *counts = (struct counts){words.all[0] + 1, words.all[1] + 1};
    else
        *counts = (struct counts){(uint32_t)words.all[0], words.all[0] >> 32};
    if (counts->owners >= most || counts->weak >= most || counts->weak == 0)
        return false;
    counts->weak -= counts->owners > 0;
    return true;
}

void scan_owners_add(struct scan_stream *stream, size_t index, const struct scan_node *node,
                     uint32_t type)
{
    const struct layout *layout = type ? layout_of(type) : NULL;
    struct counts counts;
    if (!layout || layout->place == PLACE_NONE)
        return;
    uint64_t header_bytes =
        (layout->is_wide ? WIDE_HEADER_BYTES : HEADER_BYTES) + layout->mutex_bytes;
    if (node->size_bytes < header_bytes + POINTER_BYTES || !read_counts(layout, node, &counts))
        return;
    uint64_t object =
        layout->place == PLACE_LAST ? (node->size_bytes & ~(uint64_t)7) - 8 : header_bytes;
    scan_stream_number(stream, index - next_index + 1);
    scan_stream_number(stream, object << 1 | (layout->place != PLACE_INSIDE));
    scan_stream_number(stream, counts.owners);
    scan_stream_number(stream, counts.weak);
    next_index = index + 1;
}

void scan_owners_end(struct scan_stream *stream)
{
    if (next_index > 0)
        scan_stream_number(stream, 0);
}
