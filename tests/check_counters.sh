#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/check_counters.sh [BUILD]: the live table and the clock by themselves.
. "$(dirname "$0")/lib.sh"

CC=${CC:-gcc}
SOURCES=$ROOT/tests/counters

# build NAME PRELOAD_FILE...
build() {
    local name=$1
    shift
    "$CC" -std=gnu11 -D_GNU_SOURCE -I"$ROOT" -O2 -Wall -Wextra -pthread -o "$WORK/$name" \
        "$SOURCES/$name.c" "${@/#/$ROOT/preload/}"
}

build live_births live_blocks.c private_memory.c recording_writer.c || exit 1
build clock event_clock.c || exit 1
fact "blocks keep size, site and birth, laid out as by glibc" "$WORK/live_births" glibc
fact "blocks keep size, site and birth, laid out as in Python's pools" "$WORK/live_births" python
fact "blocks keep size, site and birth, laid out as by other allocators" "$WORK/live_births" other
fact "the clock of events follows CLOCK_MONOTONIC" "$WORK/clock"
finish
