#!/bin/bash
# SPDX-License-Identifier: MIT
# No path of a hook calls the allocator for itself: a library below the recorder counts the calls that
# arrive there, with and without the recorder.
. "$(dirname "$0")/lib.sh"

for level in O0 O2; do
    counter=$PROGRAMS/$level/lib_count_calls.so
    program=$PROGRAMS/$level/hooks_do_not_allocate
    LD_PRELOAD=$counter limited 60 "$program" >"$WORK/plain" 2>&1
    LD_PRELOAD="$SHIM $counter" LEAKGRAPH_OUT=$WORK/$level limited 60 "$program" >"$WORK/recorded" 2>&1
    while IFS=: read -r phase calls; do
        found=$(sed -n "s/^$phase: //p" "$WORK/recorded")
        fact "-$level, $phase: as many calls reach the allocator ($calls, ${found:-none})" \
            test "${found:-none}" -eq "$calls"
    done <"$WORK/plain"
    fact "-$level: the calls were counted" grep -q '^many blocks: 200000$' "$WORK/plain"
    fact "-$level: the program was recorded" test -n "$(ls "$WORK/$level"/*.lgr 2>/dev/null)"
done
finish
