/* SPDX-License-Identifier: MIT */
/* Finds records and strings by what refers to them. */
#include <string.h>

#include "analyzer/recording/recording_parts.h"
#include "analyzer/base/text.h"

/* Where a search begins: most arrays are in chunks of one size, so it nearly always ends there too.
 */
static size_t expected_piece(const struct recording_records *records, uint64_t id)
{
    const struct recording_piece *pieces = records->pieces;
    if (records->piece_count < 2 || id < pieces[1].first || pieces[1].first == pieces[0].first)
        return 0;
    uint64_t expected = (id - pieces[0].first) / (pieces[1].first - pieces[0].first);
    return expected < records->piece_count ? (size_t)expected : records->piece_count - 1;
}

const struct recording_piece *recording_piece_of(const struct recording_records *records,
                                                 uint64_t id)
{
    size_t low = 0, high = records->piece_count;
    for (size_t middle = expected_piece(records, id); low < high; middle = low + (high - low) / 2) {
        const struct recording_piece *piece = &records->pieces[middle];
        if (id < piece->first)
            high = middle;
        else if (id - piece->first >= piece->count)
            low = middle + 1;
        else
            return piece;
    }
    return NULL;
}

const void *recording_record(const struct recording *recording, enum recording_chunk_type type,
                             uint64_t id)
{
    const struct recording_piece *piece = recording_piece_of(&recording->records[type], id);
    return piece ? (const char *)piece->records +
                       (id - piece->first) * recording_chunk_kinds[type].record_bytes
                 : NULL;
}

const struct recording_module *recording_module(const struct recording *recording, uint64_t index)
{
    return recording_record(recording, RECORDING_CHUNK_MODULES, index);
}

const struct recording_code *recording_code(const struct recording *recording, uint64_t id)
{
    return recording_record(recording, RECORDING_CHUNK_CODES, id);
}

const struct recording_stack_node *recording_stack_node(const struct recording *recording,
                                                        uint64_t id)
{
    return id < recording->stack_node_count ? &recording->stack_nodes[id] : NULL;
}

const struct recording_site *recording_site(const struct recording *recording, uint64_t id)
{
    return recording_record(recording, RECORDING_CHUNK_SITES, id);
}

const struct recording_python_heap *recording_python_heap(const struct recording *recording,
                                                          uint64_t snapshot)
{
    return recording_record(recording, RECORDING_CHUNK_PYTHON, snapshot);
}

/* --- strings --- */

const char *recording_bytes(const struct recording *recording, uint64_t reference, size_t *length)
{
    const struct recording_records *strings = &recording->records[RECORDING_CHUNK_STRINGS];
    const uint64_t length_bytes = sizeof(struct recording_string);
    size_t low = 0, high = strings->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct recording_piece *piece = &strings->pieces[middle];
        uint64_t inside = reference - piece->offset;
        if (reference < piece->offset) {
            high = middle;
        } else if (inside >= piece->count) {
            low = middle + 1;
        } else {
            uint32_t bytes;
            if (reference % 4 != 0 || piece->count - inside < length_bytes)
                return NULL;
            memcpy(&bytes, (const char *)piece->records + inside, sizeof bytes);
            if (bytes > piece->count - inside - length_bytes)
                return NULL;
            *length = bytes;
            return (const char *)piece->records + inside + length_bytes;
        }
    }
    return NULL;
}

const char *recording_text(const struct recording *recording, struct arena *arena,
                           uint64_t reference)
{
    size_t length;
    const char *bytes = recording_bytes(recording, reference, &length);
    return bytes ? text_utf8(arena, bytes, length) : NULL;
}
