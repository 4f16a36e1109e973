/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/pause_estimate.h"

#include <stdlib.h>
#include <string.h>

#include "preload/arch/machine.h"
#include "preload/base/proc_file.h"

/* Measured on a x86-64 server: 55 ms per GB in small pages, and what a fork takes at the least. */
enum { PAGE_NS_AT_FIRST = 210, LEAST_NS = 300000, HUGE_PAGE_BYTES = 2 << 20 };
enum { PAGES_TO_LEARN_FROM = 4096 };
/* Below this it does not matter which pages are huge. */
enum { CARELESS_NS = 5 * 1000 * 1000 };

static uint64_t page_ns = PAGE_NS_AT_FIRST;
static uint64_t last_pages; /* of the last estimate */
/* How much longer than its pages explain the last pause was: a busy machine, many threads. */
static uint64_t overrun_ns;

/* Of /proc/self/statm: 1 the resident pages, 2 those of them that have a file. */
static uint64_t statm_pages(unsigned without_file)
{
    char text[256];
    uintptr_t fields[3];
    if (!proc_file_read("/proc/self/statm", text, sizeof text) ||
        proc_file_numbers(text, fields, 3) != 3)
        return 0;
    return without_file && fields[1] > fields[2] ? fields[1] - fields[2] : fields[1];
}

uint64_t pause_estimate_resident_bytes(void)
{
    return statm_pages(0) * machine_page_bytes();
}

/* "\nAnonymous:    1234 kB" */
static uint64_t field_bytes(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

static uint64_t count_pages(uint64_t at_most)
{
    char text[2048];
    if (!proc_file_read("/proc/self/smaps_rollup", text, sizeof text))
        return at_most;
    uint64_t private = field_bytes(text, "\nAnonymous:"),
             huge = field_bytes(text, "\nAnonHugePages:");
    return huge <= private ? (private - huge) / machine_page_bytes() + huge / HUGE_PAGE_BYTES
                           : at_most;
}

static uint64_t explained_ns(void)
{
    return LEAST_NS + last_pages * page_ns;
}

uint64_t pause_estimate_ns(uint64_t limit_ns)
{
    last_pages = statm_pages(1);
    uint64_t estimate_ns = explained_ns() + overrun_ns;
    if (estimate_ns < CARELESS_NS && (!limit_ns || estimate_ns < limit_ns))
        return estimate_ns;
    last_pages = count_pages(last_pages);
    return explained_ns() + overrun_ns;
}

void pause_estimate_learn(uint64_t pause_ns)
{
    if (last_pages >= PAGES_TO_LEARN_FROM && pause_ns >= LEAST_NS)
        page_ns = (page_ns + (pause_ns - LEAST_NS) / last_pages) / 2;
    uint64_t by_pages_ns = explained_ns();
    overrun_ns = pause_ns > by_pages_ns ? pause_ns - by_pages_ns : overrun_ns / 2;
}

void pause_estimate_forgive(void)
{
    overrun_ns /= 2;
}
