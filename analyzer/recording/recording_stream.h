/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_STREAM_H
#define LEAKGRAPH_RECORDING_STREAM_H

#include "analyzer/recording/recording_reader.h"

/* A stream of LEB128 numbers in the chunks of one type that belong to one snapshot. */
struct recording_stream {
    const struct recording *recording;
    const struct recording_stream_piece *piece, *pieces_end;
    uint64_t piece_used;  /* bytes of the piece read from the file */
    uint64_t next_offset; /* in the file, of what is read next */
    const unsigned char *at, *end;
    unsigned char *buffer;
    struct error *error;
};

/* False when chunks of it are missing. The buffer is the arena's; `error` must live as long as the
 * stream. */
bool recording_stream_open(struct recording_stream *stream, const struct recording *recording,
                           struct arena *arena, enum recording_chunk_type type, uint64_t snapshot,
                           struct error *error);
uint64_t recording_stream_size(const struct recording *recording, enum recording_chunk_type type,
                               uint64_t snapshot);
/* False, with the error filled, at the end of the stream too: streams tell their own length. */
bool recording_stream_refill(struct recording_stream *stream);
bool recording_stream_number_slow(struct recording_stream *stream, uint64_t *value);
bool recording_stream_bytes(struct recording_stream *stream, char *bytes, size_t length);
/* Fills the error with the place in the file; returns false. */
bool recording_stream_damaged(struct recording_stream *stream, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool recording_stream_number(struct recording_stream *stream, uint64_t *value)
{
    if (stream->at < stream->end && *stream->at < 0x80) {
        *value = *stream->at++;
        return true;
    }
    return recording_stream_number_slow(stream, value);
}

#endif
