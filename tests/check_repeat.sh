#!/bin/bash
# SPDX-License-Identifier: MIT
# No deadlock, no crash, no other exit status: every named program twenty times, ten at each level.
. "$(dirname "$0")/lib.sh"
readonly RUNS=10

run_once() { # "LEVEL NAME RUN": a line when something is wrong
    local level name run expected status
    read -r level name run <<<"$1"
    expected=$(sed -n 's/^exit_status //p' "$ROOT/tests/programs/$name.expected")
    limited 60 env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT="$WORK/$level-$name-$run" \
        "$PROGRAMS/$level/$name" >/dev/null 2>&1 </dev/null
    status=$?
    rm -rf "$WORK/$level-$name-$run"
    [ $status = "${expected:-0}" ] || echo "$name: -$level run $run: status $status"
}
export -f run_once limited
export ROOT WORK SHIM PROGRAMS

for level in O0 O2; do
    for name in $(programs $level); do
        for run in $(seq $RUNS); do
            echo "$level $name $run"
        done
    done
done >"$WORK/runs"
xargs -d '\n' -P 2 -I{} bash -c 'run_once "{}"' <"$WORK/runs" >"$WORK/wrong" 2>/dev/null

for name in $(programs O2); do
    grep "^$name:" "$WORK/wrong" >"$WORK/wrong.one" || true
    if [ -s "$WORK/wrong.one" ]; then
        not_ok "$name ends the same 20 times" "$WORK/wrong.one"
    else
        ok "$name ends the same 20 times"
    fi
done
finish
