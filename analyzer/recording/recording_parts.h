/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_PARTS_H
#define LEAKGRAPH_RECORDING_PARTS_H

/* What the files of the reader (recording_reader.h) share: the kinds of chunks, reading, and
 * reporting damage. For nobody else. */

#include "analyzer/recording/recording_reader.h"

/*
 * Passes over the file. Records are read in an earlier pass than those they refer to, so that the
 * records of a running process never refer to one that was not there yet.
 */
enum recording_pass {
    RECORDING_PASS_USES,
    RECORDING_PASS_SITES,
    RECORDING_PASS_STACKS,
    RECORDING_PASS_MODULES,
    RECORDING_PASS_STRINGS,
    RECORDING_PASS_COUNT,
    RECORDING_PASS_NEVER
};

struct recording_chunk_kind {
    const char *name;
    enum recording_pass pass;
    uint32_t record_bytes; /* 0: not an array */
    bool stream;
};
extern const struct recording_chunk_kind recording_chunk_kinds[RECORDING_CHUNK_TYPE_COUNT];

bool recording_read_at(const struct recording *recording, uint64_t offset, void *bytes,
                       size_t size_bytes, struct error *error);

/* The record with this id; NULL when there is none. */
const void *recording_record(const struct recording *recording, enum recording_chunk_type type,
                             uint64_t id);

/* After this, every reference in the tables leads to something that exists. */
bool recording_check(const struct recording *recording, struct error *error);

/* Fills the error with the place in the file; returns false. */
bool recording_damaged(const struct recording *recording, struct error *error, uint64_t offset,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
