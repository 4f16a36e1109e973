#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/check_counters.sh [BUILD]: the live table, the clock and the counters by themselves.
. "$(dirname "$0")/lib.sh"

SOURCES=$ROOT/tests/counters

# build_with NAME FILE...: with the rooms below blocks/, which need nothing of those above
build_with() {
    local name=$1
    shift
    build "$WORK/$name" "$SOURCES/$name.c" -O2 "$@" "$ROOT"/preload/{arch,base,recording}/*.c
}

LIVE=("$ROOT"/preload/blocks/{live_*,free_places}.c)
build_with live_births "${LIVE[@]}" || exit 1
build_with clock || exit 1
build_with lifetimes "${LIVE[@]}" "$ROOT/preload/blocks/counters.c" || exit 1
fact "blocks keep size, site and birth, laid out as by glibc" "$WORK/live_births" glibc
fact "blocks keep size, site and birth, laid out as in Python's pools" "$WORK/live_births" python
fact "blocks keep size, site and birth, laid out as by other allocators" "$WORK/live_births" other
fact "the clock of events follows CLOCK_MONOTONIC" "$WORK/clock"
fact "freed blocks are counted by lifetime, and full counts carried" "$WORK/lifetimes" "$WORK"
finish
