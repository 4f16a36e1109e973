/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_STREAM_H
#define LEAKGRAPH_RECORDING_STREAM_H

/* Streams of LEB128 numbers: a snapshot's blocks, roots, types, Python objects. */

#include "analyzer/recording/recording_reader.h"

/* The chunks of one type that belong to one snapshot. */
struct recording_stream {
    const struct recording *recording;
    const struct recording_stream_piece *piece, *pieces_end;
    uint64_t size_bytes;  /* of all its pieces */
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

/* What a record claims about a stream. Checked before memory is allocated, so that a damaged count
 * cannot ask for all there is. */
struct recording_claim {
    enum recording_chunk_type stream;
    uint64_t least_bytes; /* that each of them takes in the stream */
    uint64_t count;
    const char *what; /* "blocks" */
};
bool recording_stream_claims_fit(const struct recording *recording, uint64_t snapshot,
                                 const struct recording_claim *claims, size_t count,
                                 struct error *error);

/* False, with the error filled, at the end of the stream too: its length is known beforehand. */
bool recording_stream_refill(struct recording_stream *stream);
bool recording_stream_number_slow(struct recording_stream *stream, uint64_t *value);
bool recording_stream_bytes(struct recording_stream *stream, char *bytes, size_t length);
/* A text behind its length, in the arena; NULL with the error filled. `what`: "a type name". */
char *recording_stream_text(struct recording_stream *stream, struct arena *arena, const char *what,
                            uint64_t *length);
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

/* Signed numbers are written as 0, -1, 1, -2, ...; the result adds up as it is. */
static inline uint64_t recording_stream_signed(uint64_t number)
{
    return (number >> 1) ^ -(number & 1);
}

#endif
