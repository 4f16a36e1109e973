/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SOURCE_OPTIONS_H
#define LEAKGRAPH_SOURCE_OPTIONS_H

/* --source-dir, for the commands that show sources; source_file_read() looks there. */

#include "report/base/options.h"

extern const struct option_row source_options[];

#endif
