/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BASELINE_H
#define LEAKGRAPH_BASELINE_H

/*
 * The known findings of a project, in a file that people edit and review. One entry is one line:
 *
 *     # asked the vendor, ticket 12
 *     leak 0123456789abcdef count=12 bytes=12288 owner=maps expires=2027-03-31  # load_map
 * (map.cpp:12)
 *
 * Kind and fingerprint name the finding. Up to `count` and `bytes` of it are known, any number
 * without them; what is above counts. `process=GLOB` restricts an entry to some processes. After
 * the day of `expires` it counts again. Values with spaces are quoted. Everything else in the file,
 * comments and order, is the user's and stays as it is.
 *
 *     struct baseline *baseline = baseline_read("leaks.baseline", &error);
 *     baseline_find(baseline, finding, process);
 *     baseline_write(baseline, file);
 *     baseline_free(baseline);
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "report/gate/findings.h"

struct baseline_entry {
    enum finding_kind kind;
    char fingerprint[FINGERPRINT_BYTES];
    bool has_count, has_bytes;
    struct quantity limit;
    const char *owner, *process; /* NULL: none */
    const char *expires;         /* "2027-03-31"; NULL: never */
    const char *comment;         /* behind the entry, without its #; NULL: none */
    unsigned line;
    bool expired; /* today */
    bool seen;    /* set by baseline_find() */
};

struct baseline;

/* NULL with `error`, "file:line: what". A file that does not exist is an error unless
 * `may_be_missing`. */
struct baseline *baseline_read(const char *path, bool may_be_missing, struct error *error);
void baseline_free(struct baseline *baseline);
const char *baseline_path(const struct baseline *baseline);

/* The entry for a finding, expired or not; NULL: unknown. */
const struct baseline_entry *baseline_find(struct baseline *baseline, const struct finding *finding,
                                           const struct process *process);

size_t baseline_count(const struct baseline *baseline);
const struct baseline_entry *baseline_get(const struct baseline *baseline, size_t index);

/* Takes what was seen as known from now on: a new entry, or other amounts in the old one. An
 * expired one stays as it is. False out of memory. */
bool baseline_learn(struct baseline *baseline, const struct finding *finding,
                    const struct baseline_entry *entry, const struct quantity *quantity);
/* Drops the entries that were not seen, with the comments above them. */
void baseline_prune(struct baseline *baseline);
void baseline_write(const struct baseline *baseline, FILE *file);

#endif
