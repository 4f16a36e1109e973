/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PPROF_H
#define LEAKGRAPH_PPROF_H

/*
 * pprof's profile.proto, compressed with gzip: every call stack with all its costs, addresses and
 * build-ids; default_sample_type names the cost asked for. Samples carry the label "process". The
 * samples of a session to compare with follow negated, labelled "pprof::base", as with pprof's own
 * -diff_base.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/flame/flame_tree.h"

bool pprof_write(const struct session *session, const struct flame_options *options, FILE *file,
                 struct error *error);

#endif
