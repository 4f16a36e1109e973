/* SPDX-License-Identifier: MIT */
#include "report/record/recording_options.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUGE_PAGE_TUNABLES "glibc.malloc.hugetlb=1:glibc.malloc.top_pad=67108864"

static uint64_t every_ns, at_bytes, at_rss, max_pause_ns, max_snapshots;
static uint64_t clear_reused = UINT64_MAX;
static bool quiet, huge_pages;
static enum { PYTHON_HOOKS, PYTHON_MALLOC, PYTHON_OFF } python_objects;

const struct option_row recording_options[] = {
    {0, "snapshot-every", "TIME",
     "take a snapshot of the object graph this often: 60s, 5m, ... (when memory is allocated)",
     option_time, &every_ns},
    {0, "snapshot-at-bytes", "SIZE",
     "take one when SIZE is allocated, and again each time that has grown by half", option_size,
     &at_bytes},
    {0, "snapshot-at-rss", "SIZE", "the same for resident memory", option_size, &at_rss},
    {0, "max-snapshots", "N",
     "keep at most N graphs (default 64); beyond that, every second one goes, and the period "
     "doubles",
     option_count, &max_snapshots},
    {0, "max-pause", "TIME",
     "refuse a snapshot that would stop the program for longer: 50ms, ... A fork stops it for 30 "
     "to 60 ms per GB of resident memory, 1 to 3 ms with --huge-pages",
     option_time, &max_pause_ns},
    {0, "quiet-snapshots", NULL, "stop no thread; pointers held only in registers are not seen",
     option_flag, &quiet},
    {0, "huge-pages", NULL,
     "let the program's malloc use huge pages, which makes snapshots stop it for less time",
     option_flag, &huge_pages},
    {0, "clear-reused", "SIZE",
     "zero the first SIZE bytes of a block whose memory another block had before, so that what it "
     "never writes is not taken for pointers (default 4K; 0: nothing)",
     option_size, &clear_reused},
    {0, "python-objects", "hooks|malloc|off",
     "how to see Python's small objects: through its allocators (default, and cheapest); made by "
     "malloc (PYTHONMALLOC=malloc, for versions that are not followed); or not at all",
     option_choice, &python_objects},
    {0},
};

static bool set(const char *name, uint64_t value, const char *unit, struct error *error)
{
    char text[64];

    if (!value)
        return true;
    snprintf(text, sizeof(text), "%" PRIu64 "%s", value, unit);
    return setenv(name, text, 1) == 0 || error_set(error, "out of memory");
}

/* glibc before 2.35 cannot madvise for huge pages; it ignores the names. */
static bool set_tunables(struct error *error)
{
    const char *present = getenv("GLIBC_TUNABLES");
    char *value;
    bool done;

    if (present && strstr(present, "glibc.malloc.hugetlb="))
        return true;
    if (asprintf(&value, "%s%s" HUGE_PAGE_TUNABLES, present ? present : "",
                 present && *present ? ":" : "") < 0)
        return error_set(error, "out of memory");
    done = setenv("GLIBC_TUNABLES", value, 1) == 0;
    free(value);
    return done || error_set(error, "out of memory");
}

/* The program can see these, unlike our hooks; what the user has set stays. */
static bool set_python(struct error *error)
{
    if (python_objects == PYTHON_HOOKS)
        return true;
    if (python_objects == PYTHON_MALLOC)
        return setenv("PYTHONMALLOC", "malloc", 0) == 0 || error_set(error, "out of memory");
    return setenv("LEAKGRAPH_PYTHON_OBJECTS", "off", 1) == 0 || error_set(error, "out of memory");
}

/* 0 is a wish of its own. */
static bool set_clear_reused(struct error *error)
{
    if (clear_reused == 0)
        return setenv("LEAKGRAPH_CLEAR_REUSED", "0", 1) == 0 || error_set(error, "out of memory");
    return clear_reused == UINT64_MAX || set("LEAKGRAPH_CLEAR_REUSED", clear_reused, "", error);
}

bool recording_options_to_environment(struct error *error)
{
    return set_python(error) && set("LEAKGRAPH_SNAPSHOT_EVERY", every_ns, "ns", error) &&
           set("LEAKGRAPH_SNAPSHOT_AT_BYTES", at_bytes, "", error) &&
           set("LEAKGRAPH_SNAPSHOT_AT_RSS", at_rss, "", error) &&
           set("LEAKGRAPH_MAX_SNAPSHOTS", max_snapshots, "", error) &&
           set("LEAKGRAPH_MAX_PAUSE", max_pause_ns, "ns", error) && set_clear_reused(error) &&
           set("LEAKGRAPH_QUIET_SNAPSHOTS", quiet, "", error) &&
           (!huge_pages || set_tunables(error));
}
