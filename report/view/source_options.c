/* SPDX-License-Identifier: MIT */
#include "report/view/source_options.h"

#include "report/view/source_file.h"

static bool add_place(const struct option_row *row, const char *argument, struct error *error)
{
    return source_file_add_place(argument) ||
           error_set(error, "--%s: '%s' is one too many", row->name, argument);
}

const struct option_row source_options[] = {
    {0, "source-dir", "DIR",
     "where sources are now: they are found by the end of their path; OLD=NEW: what was below OLD "
     "is below NEW (may be repeated)",
     add_place, NULL},
    {0},
};
