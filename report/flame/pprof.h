/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PPROF_H
#define LEAKGRAPH_PPROF_H

/*
 * pprof's profile.proto, compressed with gzip: every call stack with all its costs, addresses and
 * build-ids, the cost asked for first among equals (default_sample_type). Samples carry the label
 * "process". With a session compared its samples are subtracted: they follow negated, labelled
 * "pprof::base" as pprof's own -diff_base does it.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/flame/flame_tree.h"

bool pprof_write(const struct session *session, const struct flame_options *options, FILE *file,
                 struct error *error);

#endif
