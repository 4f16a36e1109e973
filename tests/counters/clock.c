/* SPDX-License-Identifier: MIT */
/* The clock of events against CLOCK_MONOTONIC: in dense and in sparse events, and after a sleep. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/recording/event_clock.h"

enum { TICK_OF_KERNEL_NS = 12000000, FEW_NS = 50000 };

static struct event_clock event_clock;
static int wrong;

static void state(const char *what, bool holds)
{
    printf("%s: %s\n", holds ? "ok" : "WRONG", what);
    wrong += !holds;
}

static uint64_t now_ns(void)
{
    return event_clock_monotonic_ns(event_clock_read(&event_clock));
}

/* Another thread of the machine may come between two readings: the best of some counts. */
static bool is_near(uint64_t most_ns)
{
    for (int tries = 0; tries < 20; tries++) {
        uint64_t before = clock_ns(), found = now_ns(), after = clock_ns();
        if (found + most_ns >= before && found <= after + most_ns)
            return true;
    }
    return false;
}

static bool rises(void)
{
    uint64_t last = 0;
    for (int i = 0; i < 1000000; i++) {
        uint64_t now = event_clock_read(&event_clock);
        if (now <= last)
            return false;
        last = now;
    }
    return true;
}

static void after_a_sleep(useconds_t sleep_us)
{
    char what[80];
    for (int i = 0; i < 1000; i++)
        event_clock_read(&event_clock);
    uint64_t before = event_clock_read(&event_clock), slept = clock_ns();
    usleep(sleep_us);
    slept = clock_ns() - slept;
    uint64_t span_ns = event_clock_span_ns(event_clock_read(&event_clock) - before);
    snprintf(what, sizeof what, "a sleep of %u us between dense events is seen", sleep_us);
    state(what, span_ns + TICK_OF_KERNEL_NS >= slept &&
                    span_ns <= slept + slept / 100 + TICK_OF_KERNEL_NS);
}

int main(void)
{
    event_clock_start();
    state("times rise", rises());
    state("it tells CLOCK_MONOTONIC after dense events", is_near(FEW_NS + TICK_OF_KERNEL_NS));
    after_a_sleep(50000);
    after_a_sleep(300000);
    usleep(1000);
    now_ns();
    event_clock_calibrate();
    state("it tells CLOCK_MONOTONIC after sparse events", is_near(FEW_NS));
    uint64_t born = event_clock_read(&event_clock);
    usleep(20000);
    uint64_t lived_ns = event_clock_span_ns(event_clock_read(&event_clock) - born);
    state("what lives 20 ms lives 20 ms", lived_ns > 19000000 && lived_ns < 200000000);
    return wrong != 0;
}
