/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FORMAT_H
#define LEAKGRAPH_FORMAT_H

/*
 * Numbers formatted for people, returned by value so that they fit an argument list:
 *
 *     printf("%s in %s", format_size(bytes).text, format_plural(blocks, "block").text);
 */

#include <stdint.h>

struct formatted {
    char text[64];
};

struct formatted format_size(uint64_t bytes);                     /* "96 B", "1.2 KiB" */
struct formatted format_count(uint64_t count);                    /* "1,234,567" */
struct formatted format_count_change(int64_t delta);              /* "+1,234", "-5", "0" */
struct formatted format_size_change(int64_t delta);               /* "+1.2 KiB", "-5 B", "0 B" */
struct formatted format_plural(uint64_t count, const char *noun); /* "1 block", "2 blocks" */
struct formatted format_percent(uint64_t part, uint64_t whole);   /* "12%", "<1%"; "" of nothing */
struct formatted format_duration(uint64_t time_ns);   /* "350 ms", "2.3 s", "1 h 5 min" */
struct formatted format_short_time(uint64_t time_ns); /* "4 us", "17 ms", "2.1 s" */
struct formatted format_moment(uint64_t realtime_ns); /* "2026-11-21 07:12:10 +0100", of here */

#endif
