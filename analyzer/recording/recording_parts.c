/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/recording_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const struct recording_chunk_kind recording_chunk_kinds[RECORDING_CHUNK_TYPE_COUNT] = {
    [RECORDING_CHUNK_NONE] = {"empty", RECORDING_PASS_NEVER, 0, false},
    [RECORDING_CHUNK_STRINGS] = {"strings", RECORDING_PASS_STRINGS, 1, false},
    [RECORDING_CHUNK_MODULES] = {"modules", RECORDING_PASS_MODULES, sizeof(struct recording_module),
                                 false},
    [RECORDING_CHUNK_STACKS] = {"stacks", RECORDING_PASS_STACKS, sizeof(uint32_t), false},
    [RECORDING_CHUNK_SITES] = {"sites", RECORDING_PASS_SITES, sizeof(struct recording_site), false},
    [RECORDING_CHUNK_COUNTERS] = {"counters", RECORDING_PASS_USES,
                                  sizeof(struct recording_site_counters), false},
    [RECORDING_CHUNK_INHERITED] = {"inherited", RECORDING_PASS_USES,
                                   sizeof(struct recording_inherited), false},
    [RECORDING_CHUNK_THREADS] = {"threads", RECORDING_PASS_USES, sizeof(struct recording_thread),
                                 false},
    [RECORDING_CHUNK_ERRORS] = {"errors", RECORDING_PASS_USES, sizeof(struct recording_error),
                                false},
    [RECORDING_CHUNK_SNAPSHOT] = {"snapshot", RECORDING_PASS_USES, 0, false},
    [RECORDING_CHUNK_ROOTS] = {"roots", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_NODES] = {"nodes", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_TYPES] = {"types", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_FREED] = {"freed", RECORDING_PASS_SITES, sizeof(uint64_t), false},
    [RECORDING_CHUNK_PYTHON] = {"Python", RECORDING_PASS_SITES,
                                sizeof(struct recording_python_heap), false},
    [RECORDING_CHUNK_PYTHON_OBJECTS] = {"Python objects", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_TYPES] = {"Python types", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_TEXTS] = {"Python texts", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_ROOTS] = {"Python roots", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_CODES] = {"codes", RECORDING_PASS_MODULES, sizeof(struct recording_code),
                               false},
    [RECORDING_CHUNK_CARRIES] = {"carries", RECORDING_PASS_USES, sizeof(struct recording_carry),
                                 false},
    [RECORDING_CHUNK_PLACES] = {"places", RECORDING_PASS_SITES, 0, true},
    [RECORDING_CHUNK_CHILDREN] = {"children", RECORDING_PASS_USES, sizeof(struct recording_child),
                                  false},
    [RECORDING_CHUNK_OWNERS] = {"owners", RECORDING_PASS_SITES, 0, true},
};

bool recording_damaged(const struct recording *recording, struct error *error, uint64_t offset,
                       const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, "%.200s: damaged at offset %" PRIu64 ": %s", recording->path, offset,
                     what);
}

bool recording_read_at(const struct recording *recording, uint64_t offset, void *bytes,
                       size_t size_bytes, struct error *error)
{
    for (size_t done = 0; done < size_bytes;) {
        ssize_t got = pread(recording->descriptor, (char *)bytes + done, size_bytes - done,
                            (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, "%.200s: cannot read at offset %" PRIu64 ": %s",
                             recording->path, offset + done, strerror(errno));
        if (got == 0)
            return error_set(error, "%.200s: truncated while it was read: ends at %" PRIu64,
                             recording->path, offset + done);
        done += (size_t)got;
    }
    return true;
}
