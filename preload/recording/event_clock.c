/* SPDX-License-Identifier: MIT */
#include "preload/recording/event_clock.h"

#include <stdbool.h>
#include <sys/auxv.h>

#include "preload/base/clock.h"
#include "preload/arch/machine.h"
#include "preload/base/probe.h"

/* Without the kernel's tick nothing is guessed: every event reads the counter. */
#define NO_KERNEL_TICK UINT64_MAX
static const uint64_t no_kernel_tick = NO_KERNEL_TICK;
const volatile uint64_t *event_clock_kernel_tick = &no_kernel_tick;
uint64_t event_clock_scale = (uint64_t)1 << 32;

static bool has_counter;
static uint64_t start_ticks, start_ns;

/* Where the processor has no reliable counter, a tick is a nanosecond. */
static uint64_t counter(void)
{
    if (__builtin_expect(has_counter, 1))
        return machine_counter();
    return clock_read_ns(CLOCK_MONOTONIC_COARSE);
}

struct moment {
    uint64_t ticks, ns;
};

/* Counter and clock at one moment: of a few pairs, the one that took the least time to read. */
static struct moment moment_now(void)
{
    struct moment best = {0, 0};
    uint64_t shortest = UINT64_MAX;
    for (int tries = 0; tries < 5; tries++) {
        uint64_t before = machine_counter(), ns = clock_ns(), after = machine_counter();
        if (after - before < shortest) {
            shortest = after - before;
            best = (struct moment){before + shortest / 2, ns};
        }
    }
    return best;
}

static void set_scale(const struct moment *from, const struct moment *to)
{
    if (to->ticks <= from->ticks || to->ns <= from->ns)
        return;
    unsigned __int128 span = (unsigned __int128)(to->ns - from->ns) << 32;
    __atomic_store_n(&event_clock_scale, (uint64_t)(span / (to->ticks - from->ticks)),
                     __ATOMIC_RELAXED);
}

void event_clock_calibrate(void)
{
    struct moment start = {start_ticks, start_ns}, now = moment_now();
    enum { SHORTEST_NS = 1000000 };
    if (has_counter && now.ns > start_ns + SHORTEST_NS)
        set_scale(&start, &now);
}

/*
 * The vDSO's data are in the pages before it. Their layout depends on the kernel's version, so the
 * value tells: it is the counter of a moment ago, of FRESH_TICKS at the most.
 */
enum { DATA_PAGES = 8, FRESH_TICKS = 1 << 27 };
static const uint64_t *find_in_page(const uint64_t *page, uint64_t now)
{
    for (size_t i = 0; i < machine_page_bytes() / sizeof *page; i++) {
        uint64_t kernel = page[i] << MACHINE_COUNTER_SHIFT;
        if (kernel < now && now - kernel < FRESH_TICKS)
            return &page[i];
    }
    return NULL;
}

static const uint64_t *find_kernel_tick(void)
{
    const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
    uint64_t now = machine_counter();
    for (size_t pages = DATA_PAGES; vdso && pages > 0; pages--) {
        const uint64_t *page = (const uint64_t *)(vdso - pages * machine_page_bytes());
        const uint64_t *found = probe_is_readable((uintptr_t)page) ? find_in_page(page, now) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

void event_clock_start(void)
{
    enum { MEASURED_NS = 50000 };
    has_counter = machine_has_counter();
    if (!has_counter) {
        start_ns = clock_ns();
        start_ticks = counter();
        return;
    }
    struct moment start = moment_now(), end = start;
    start_ticks = start.ticks;
    start_ns = start.ns;
    const uint64_t *tick = find_kernel_tick();
    if (tick)
        event_clock_kernel_tick = tick;
    while (end.ns - start.ns < MEASURED_NS)
        end = moment_now();
    set_scale(&start, &end);
}

/* How many events may be guessed before the next reading: those of SPAN_TICKS, some microseconds.
 */
static uint32_t next_stride(uint32_t stride, uint64_t elapsed_ticks)
{
    enum { MOST = 15, SPAN_TICKS = 8192 };
    if (elapsed_ticks > 4 * SPAN_TICKS)
        return 0;
    if (elapsed_ticks > SPAN_TICKS)
        return stride / 2;
    return elapsed_ticks > SPAN_TICKS / 2 || stride == MOST ? stride : 2 * stride + 1;
}

/* Where there is a kernel's tick: how many of the next events need not read the counter. */
static uint32_t next_guesses(struct event_clock *clock, uint64_t kernel, uint64_t ticks)
{
    enum { DEAD_TICKS = 1 << 30 };
    /* The word taken for the tick stands still: stop guessing. */
    if (__builtin_expect(
            (int64_t)(ticks + start_ticks - (kernel << MACHINE_COUNTER_SHIFT)) > DEAD_TICKS, 0))
        event_clock_kernel_tick = &no_kernel_tick;
    clock->stride = next_stride(clock->stride, ticks - clock->read);
    clock->kernel = kernel;
    clock->read = ticks;
    return clock->stride;
}

__attribute__((noinline)) uint64_t event_clock_read_counter(struct event_clock *clock)
{
    uint64_t kernel = *event_clock_kernel_tick, ticks = counter() - start_ticks;
    clock->guesses = kernel != NO_KERNEL_TICK ? next_guesses(clock, kernel, ticks) : 0;
    return clock->now = ticks > clock->now ? ticks : clock->now;
}

uint64_t event_clock_restart_after_fork(void)
{
    enum { GUESSED_TICKS = 128, ROUNDED_SHIFT = 22 };
    uint64_t fork_ticks = counter() - start_ticks + GUESSED_TICKS;
    start_ticks -= 2 * GUESSED_TICKS + (fork_ticks >> ROUNDED_SHIFT);
    return fork_ticks;
}

uint64_t event_clock_monotonic_ns(uint64_t ticks)
{
    return start_ns + event_clock_span_ns(ticks);
}
