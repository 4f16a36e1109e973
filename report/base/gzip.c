/* SPDX-License-Identifier: MIT */
#include "report/base/gzip.h"

#include <limits.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, GZIP_HEADER = 16, MEMORY_LEVEL = 8 };

bool gzip_write(const uint8_t *bytes, size_t size_bytes, FILE *file, struct error *error)
{
    z_stream stream = {0};
    uint8_t piece[64 * 1024];
    int status;

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS + GZIP_HEADER, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_set(error, "out of memory");
    stream.next_in = (uint8_t *)bytes;
    do {
        uInt taken = size_bytes > UINT_MAX ? UINT_MAX : (uInt)size_bytes;

        if (!stream.avail_in) {
            stream.avail_in = taken;
            size_bytes -= taken;
        }
        stream.next_out = piece;
        stream.avail_out = sizeof(piece);
        status = deflate(&stream, size_bytes ? Z_NO_FLUSH : Z_FINISH);
        fwrite(piece, 1, sizeof(piece) - stream.avail_out, file);
    } while (status != Z_STREAM_END);
    deflateEnd(&stream);
    return true;
}
