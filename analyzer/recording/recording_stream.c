/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/recording_stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/recording/recording_parts.h"

enum { STREAM_BUFFER_BYTES = 64 * 1024 };

static const struct recording_stream_piece *piece_at(const struct recording_stream_pieces *stream,
                                                     size_t index)
{
    return stream->pieces ? stream->pieces + index : NULL;
}

static const struct recording_stream_piece *
first_piece(const struct recording_stream_pieces *stream, uint64_t snapshot)
{
    size_t low = 0, high = stream->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stream->pieces[middle].snapshot < snapshot)
            low = middle + 1;
        else
            high = middle;
    }
    return piece_at(stream, low);
}

bool recording_stream_open(struct recording_stream *stream, const struct recording *recording,
                           struct arena *arena, enum recording_chunk_type type, uint64_t snapshot,
                           struct error *error)
{
    const struct recording_stream_pieces *pieces = &recording->streams[type];
    const struct recording_stream_piece *first = first_piece(pieces, snapshot), *last = first;
    const struct recording_stream_piece *end = piece_at(pieces, pieces->piece_count);
    uint64_t size_bytes = 0;
    for (uint32_t sequence = 0; last < end && last->snapshot == snapshot; last++, sequence++) {
        if (last->sequence != sequence)
            return recording_damaged(recording, error, last->offset,
                                     "%s chunk %u of snapshot %" PRIu64 " where %u is due",
                                     recording_chunk_kinds[type].name, last->sequence, snapshot,
                                     sequence);
        size_bytes += last->size_bytes;
    }
    *stream = (struct recording_stream){
        .recording = recording,
        .piece = first,
        .pieces_end = last,
        .size_bytes = size_bytes,
        .next_offset = first < last ? first->offset : recording->file_bytes,
        .buffer = arena_alloc(arena, STREAM_BUFFER_BYTES),
        .error = error,
    };
    return true;
}

uint64_t recording_stream_size(const struct recording *recording, enum recording_chunk_type type,
                               uint64_t snapshot)
{
    const struct recording_stream_pieces *pieces = &recording->streams[type];
    const struct recording_stream_piece *end = piece_at(pieces, pieces->piece_count);
    uint64_t size_bytes = 0;
    for (const struct recording_stream_piece *piece = first_piece(pieces, snapshot);
         piece < end && piece->snapshot == snapshot; piece++)
        size_bytes += piece->size_bytes;
    return size_bytes;
}

bool recording_stream_claims_fit(const struct recording *recording, uint64_t snapshot,
                                 const struct recording_claim *claims, size_t count,
                                 struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct recording_claim *claim = &claims[i];
        uint64_t stream_bytes = recording_stream_size(recording, claim->stream, snapshot);
        if (claim->count > stream_bytes / claim->least_bytes || claim->count >= UINT32_MAX)
            return error_set(error,
                             "%.200s: damaged: snapshot %" PRIu64 " claims %" PRIu64
                             " %s in %" PRIu64 " bytes",
                             recording->path, snapshot, claim->count, claim->what, stream_bytes);
    }
    return true;
}

/* Where the next byte lies in the file. */
static uint64_t stream_offset(const struct recording_stream *stream)
{
    return stream->next_offset - (uint64_t)(stream->end - stream->at);
}

bool recording_stream_damaged(struct recording_stream *stream, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return recording_damaged(stream->recording, stream->error, stream_offset(stream), "%s", what);
}

bool recording_stream_refill(struct recording_stream *stream)
{
    while (stream->piece < stream->pieces_end && stream->piece_used == stream->piece->size_bytes) {
        stream->piece++;
        stream->piece_used = 0;
    }
    if (stream->piece == stream->pieces_end)
        return recording_stream_damaged(stream, "the snapshot's stream ends too early");
    uint64_t left = stream->piece->size_bytes - stream->piece_used;
    size_t size_bytes = left < STREAM_BUFFER_BYTES ? (size_t)left : STREAM_BUFFER_BYTES;
    uint64_t offset = stream->piece->offset + stream->piece_used;
    if (!recording_read_at(stream->recording, offset, stream->buffer, size_bytes, stream->error))
        return false;
    stream->piece_used += size_bytes;
    stream->next_offset = offset + size_bytes;
    stream->at = stream->buffer;
    stream->end = stream->buffer + size_bytes;
    return true;
}

bool recording_stream_number_slow(struct recording_stream *stream, uint64_t *value)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (stream->at == stream->end && !recording_stream_refill(stream))
            return false;
        unsigned char byte = *stream->at++;
        if (shift == 63 && (byte & 0x7e))
            break;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = number;
            return true;
        }
    }
    return recording_stream_damaged(stream, "a number of more than 64 bits");
}

bool recording_stream_bytes(struct recording_stream *stream, char *bytes, size_t length)
{
    while (length) {
        if (stream->at == stream->end && !recording_stream_refill(stream))
            return false;
        size_t here = (size_t)(stream->end - stream->at);
        if (here > length)
            here = length;
        memcpy(bytes, stream->at, here);
        stream->at += here;
        bytes += here;
        length -= here;
    }
    return true;
}

char *recording_stream_text(struct recording_stream *stream, struct arena *arena, const char *what,
                            uint64_t *length)
{
    if (!recording_stream_number(stream, length))
        return NULL;
    if (*length > stream->size_bytes) {
        recording_stream_damaged(stream, "%s of %" PRIu64 " bytes", what, *length);
        return NULL;
    }
    char *text = arena_alloc(arena, *length + 1);
    return recording_stream_bytes(stream, text, *length) ? text : NULL;
}
