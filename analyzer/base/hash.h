/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HASH_H
#define LEAKGRAPH_HASH_H

/* Hashes of several parts, one after another; start with 0. They live no longer than the program
 * runs: for what is written down there is fingerprint.h. */

#include <stdint.h>

static inline uint64_t hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* A text with its length, so that "ab", "c" differ from "a", "bc". NULL is as good as "". */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    uint64_t length = 0;
    for (; text && text[length]; length++)
        hash = hash_mix(hash, (unsigned char)text[length]);
    return hash_mix(hash, length);
}

#endif
