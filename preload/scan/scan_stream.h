/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_STREAM_H
#define LEAKGRAPH_SCAN_STREAM_H

/*
 * A stream of unsigned LEB128 numbers over as many chunks of the recording as it takes. In the
 * snapshot child only.
 *
 *     struct scan_stream roots = {.type = RECORDING_CHUNK_ROOTS, .snapshot = 1};
 *     scan_stream_number(&roots, 42);
 *     if (!scan_stream_finish(&roots)) ... the recording is full
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

struct scan_stream {
    enum recording_chunk_type type;
    uint64_t snapshot;
    uint32_t sequence;
    bool failed;
    uint8_t *at, *end;
    struct recording_chunk *chunk;
    uint64_t file_bytes; /* of the chunks so far, once it is finished */
};

bool scan_stream_more(struct scan_stream *stream);

static inline void scan_stream_number(struct scan_stream *stream, uint64_t number)
{
    do {
        if (__builtin_expect(stream->at == stream->end, 0) && !scan_stream_more(stream))
            return;
        *stream->at++ = (uint8_t)((number & 127) | (number > 127 ? 128 : 0));
        number >>= 7;
    } while (number);
}

static inline uint64_t scan_stream_zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

void scan_stream_bytes(struct scan_stream *stream, const char *bytes, size_t length);
bool scan_stream_finish(struct scan_stream *stream);

#endif
