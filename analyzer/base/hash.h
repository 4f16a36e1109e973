/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HASH_H
#define LEAKGRAPH_HASH_H

/* Hashes built up part by part; start with 0. They mean nothing outside of this run: what is
 * written to a file uses fingerprint.h. */

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* Hashes the length too, so that "ab", "c" and "a", "bc" differ. NULL counts as "". */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    uint64_t length = 0;
    for (; text && text[length]; length++)
        hash = hash_mix(hash, (unsigned char)text[length]);
    return hash_mix(hash, length);
}

#endif
