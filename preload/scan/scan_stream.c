/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_stream.h"

#include "preload/recording/recording_writer.h"

/* Chunks grow, so that small heaps make small files and large ones few chunks. */
enum { FIRST_BYTES = 4096, LARGEST_BYTES = 1 << 20 };

static void close_chunk(struct scan_stream *stream)
{
    if (!stream->chunk)
        return;
    stream->chunk->used =
        (uint64_t)(stream->at - (uint8_t *)recording_chunk_payload(stream->chunk));
    uint64_t size_bytes = sizeof *stream->chunk + stream->chunk->used;
    stream->file_bytes +=
        (size_bytes + RECORDING_PAGE_BYTES - 1) & ~(uint64_t)(RECORDING_PAGE_BYTES - 1);
    recording_forget(stream->at, (size_t)(stream->end - stream->at));
}

bool scan_stream_more(struct scan_stream *stream)
{
    close_chunk(stream);
    size_t size_bytes = (size_t)FIRST_BYTES << (stream->sequence < 8 ? stream->sequence : 8);
    if (size_bytes > LARGEST_BYTES)
        size_bytes = LARGEST_BYTES;
    size_t payload = size_bytes - sizeof(struct recording_chunk);
    stream->chunk = stream->failed ? NULL
                                   : recording_chunk_new(stream->type, stream->snapshot, 0,
                                                         stream->sequence++, payload);
    if (!stream->chunk) {
        stream->failed = true;
        stream->at = stream->end = NULL;
        return false;
    }
    stream->at = recording_chunk_payload(stream->chunk);
    stream->end = stream->at + payload;
    return true;
}

void scan_stream_bytes(struct scan_stream *stream, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (stream->at == stream->end && !scan_stream_more(stream))
            return;
        *stream->at++ = (uint8_t)bytes[i];
    }
}

bool scan_stream_finish(struct scan_stream *stream)
{
    close_chunk(stream);
    return !stream->failed;
}
