/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BASELINE_ENTRY_H
#define LEAKGRAPH_BASELINE_ENTRY_H

/*
 * One known finding, one line of a baseline:
 *
 *     leak 0123456789abcdef count=12 bytes=12288 owner=maps expires=2027-03-31  # load_map
 *
 * Kind and fingerprint name the finding. Up to `count` and `bytes` of it are known, any amount
 * without them; only what is above them counts. `process=GLOB` restricts an entry to some
 * processes. After the day of `expires` all of it counts again. Values with spaces are quoted.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
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

/* Where entries come from. The arena owns their texts. */
struct baseline_source {
    struct arena *arena;
    const char *path;
    char today[16];
};

/*
 * Parses line number entry->line, without its line break; the text must live as long as the entry.
 * False with "file:line: what is wrong".
 */
bool baseline_entry_parse(struct baseline_entry *entry, const struct baseline_source *source,
                          const char *line, struct error *error);
void baseline_entry_write(const struct baseline_entry *entry, FILE *file);

#endif
