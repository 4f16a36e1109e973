#!/bin/bash
# SPDX-License-Identifier: MIT
# A session on a full or unwritable disk: the target goes on undisturbed, and what is missing is said.
. "$(dirname "$0")/lib.sh"

expected=$("$PROGRAMS/O2/robot_demo")

undisturbed() { # FOLDER COMMAND...: prints what robot_demo prints, its status is 0
    local out
    out=$("${@:2}" "$PROGRAMS/O2/robot_demo" 2>"$WORK/err")
    local status=$?
    cat "$WORK/err"
    echo "status $status, output: $out"
    [ $status = 0 ] && [ "$out" = "$expected" ]
}

# No verdict (3), or a report that admits what was dropped; never "no leaks" out of nothing.
honest() {
    local status
    "$LEAKGRAPH" gate "$1" >"$WORK/gate" 2>&1
    status=$?
    cat "$WORK/gate"
    echo "gate: status $status"
    [ $status = 3 ] && return 0
    "$LEAKGRAPH" export --format json -o "$WORK/report.json" "$1" || return 1
    python3 -c '
import json, sys
process = json.load(open(sys.argv[1]))["processes"][0]
leaks = process["leaks"]
print(process["totals"]["dropped"], "dropped;", leaks["checked"], leaks["blocks"], "blocks leaked")
sys.exit(not (leaks["blocks"] == 90 or not leaks["checked"] and process["totals"]["dropped"]))' "$WORK/report.json"
}

mkdir "$WORK/disk"
mounted() {
    mountpoint -q "$WORK/disk"
}
unmount() {
    ! mounted || umount "$WORK/disk"
}
trap 'unmount; rm -rf "$WORK"' EXIT

for size in 4k 16k 64k 256k 1m; do
    unmount
    if ! mount -t tmpfs -o size=$size leakgraph-test "$WORK/disk" 2>/dev/null; then
        skip "a disk of $size" "mounting needs root"
        continue
    fi
    fact "a disk of $size: the program goes on" \
        undisturbed "$WORK/disk" env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT="$WORK/disk/session"
    fact "a disk of $size: the report admits what is missing" honest "$WORK/disk/session"
    rm -rf "$WORK/disk/session"
    fact "a disk of $size, with the command: the program goes on" \
        undisturbed "$WORK/disk" "$LEAKGRAPH" record -o "$WORK/disk/session" --
    fact "a disk of $size, with the command: the report admits what is missing" honest "$WORK/disk/session"
done

# A disk that something else fills while the program runs.
unmount
if mount -t tmpfs -o size=8m leakgraph-test "$WORK/disk" 2>/dev/null; then
    (wait_for 30 is_recorded "$WORK/disk/session"; dd if=/dev/zero of="$WORK/disk/filler" bs=64k 2>/dev/null) &
    fact "a disk that fills up: the program goes on" \
        undisturbed "$WORK/disk" env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT="$WORK/disk/session"
    wait $!
    fact "a disk that fills up: the report admits what is missing" honest "$WORK/disk/session"
else
    skip "a disk that fills up" "mounting needs root"
fi
unmount

fact "a session folder that cannot be made: the program goes on" \
    undisturbed none env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT=/proc/nowhere/session
if mount -t tmpfs -o ro leakgraph-test "$WORK/disk" 2>/dev/null; then
    fact "a read-only disk: the program goes on" \
        undisturbed "$WORK/disk" env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT="$WORK/disk/session"
    fact "a read-only disk: no verdict" honest "$WORK/disk/session"
else
    skip "a read-only disk" "mounting needs root"
fi
finish
