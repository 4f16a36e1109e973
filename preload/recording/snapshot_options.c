/* SPDX-License-Identifier: MIT */
#include "preload/recording/snapshot_options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "preload/recording/recording_writer.h"

struct snapshot_options snapshot_options = {.max_count = 64};

struct unit {
    const char *name;
    uint64_t factor;
};
static const struct unit times[] = {
    {"ns", 1},        {"us", 1000},       {"ms", 1000000},      {"s", 1000000000},
    {"", 1000000000}, {"m", 60000000000}, {"min", 60000000000}, {"h", 3600000000000},
    {NULL, 0},
};
static const struct unit sizes[] = {
    {"", 1},
    {"K", 1ull << 10},
    {"M", 1ull << 20},
    {"G", 1ull << 30},
    {"T", 1ull << 40},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
    {NULL, 0},
};
static const struct unit counts[] = {{"", 1}, {NULL, 0}};

/* A decimal number and its unit, and no more. */
static bool parse(const char *text, const struct unit *units, uint64_t *value)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number < UINT64_MAX / 20; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    for (const struct unit *unit = units; at > text && unit->name; unit++)
        if (strcmp(at, unit->name) == 0)
            return !__builtin_mul_overflow(number, unit->factor, value);
    return false;
}

static void read_one(const char *name, const struct unit *units, uint64_t *value)
{
    const char *text = getenv(name);
    uint64_t read;
    if (!text || !*text)
        return;
    if (parse(text, units, &read))
        *value = read;
    else
        recording_dropped(RECORDING_DROP_OPTIONS);
}

void snapshot_options_read(void)
{
    uint64_t quiet = 0;
    read_one("LEAKGRAPH_SNAPSHOT_EVERY", times, &snapshot_options.every_ns);
    read_one("LEAKGRAPH_SNAPSHOT_AT_BYTES", sizes, &snapshot_options.at_live_bytes);
    read_one("LEAKGRAPH_SNAPSHOT_AT_RSS", sizes, &snapshot_options.at_resident_bytes);
    read_one("LEAKGRAPH_MAX_PAUSE", times, &snapshot_options.max_pause_ns);
    read_one("LEAKGRAPH_MAX_SNAPSHOTS", counts, &snapshot_options.max_count);
    read_one("LEAKGRAPH_QUIET_SNAPSHOTS", counts, &quiet);
    snapshot_options.quiet = quiet != 0;
}

uint64_t snapshot_options_clear_reused(void)
{
    uint64_t size_bytes = 4096;
    read_one("LEAKGRAPH_CLEAR_REUSED", sizes, &size_bytes);
    return size_bytes;
}
