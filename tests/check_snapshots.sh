#!/bin/bash
# SPDX-License-Identifier: MIT
# Snapshots of running programs: who can ask for them, what they cost, and that the program does not
# notice them, under load and in odd states.
. "$(dirname "$0")/lib.sh"

for program in waits load asked children control_loop; do
    build "$WORK/$program" "$ROOT/tests/snapshots/$program.c" -O1 || exit 1
done
export TMPDIR=$WORK

# figures SESSION: for every snapshot of its first process a line "number state reason label"
figures() {
    "$LEAKGRAPH" export --format json -o - "$1" | python3 -c '
import json, sys
for s in json.load(sys.stdin)["processes"][0]["snapshots"]:
    print(s["number"], s["state"], s["reason"], s["label"], s["threads"], s["quiet"])'
}

# --- what the program sees ---

fact "calls that wait end in time without the recorder" limited 20 "$WORK/waits"
fact "calls that wait end in time, whatever they are, under more than 50 snapshots" \
    limited 30 "$LEAKGRAPH" record -o "$WORK/waits.data" -- "$WORK/waits"

fact "no wait sees another child than the program's own under snapshots" \
    limited 60 "$LEAKGRAPH" record -o "$WORK/children.data" -- "$WORK/children"

# A request from outside interrupts the main thread, and nothing tells it of the call before.
ask_while() {
    local folder="$WORK/alone-${*// /-}" pid='' asked=0
    "$LEAKGRAPH" record -o "$folder" -- "$WORK/waits" "$@" >"$folder.out" 2>&1 &
    local record=$!
    while [ -z "$pid" ] && kill -0 $record 2>/dev/null; do
        pid=$(pgrep -P $record -x waits)
    done
    while [ -e "/proc/${pid:-none}" ]; do # the first ones may come before it is ready
        "$LEAKGRAPH" snapshot "$pid" >/dev/null 2>&1 && asked=$((asked + 1))
    done
    wait $record
    local status=$?
    echo "status $status, $asked requests: $(cat "$folder.out")"
    [ $status = 0 ] && [ $asked -ge 1 ]
}
for call in poll ppoll select epoll_wait nanosleep clock_nanosleep usleep sigtimedwait; do
    fact "$call in the main thread ends in time under requests from outside" ask_while "$call"
done
for call in pselect epoll_pwait epoll_pwait2; do
    fact "$call does so in a program with threads" ask_while "$call" threads
done

# Real-time threads that stand still do not wait behind whoever is at work on the same machine. Its processors may
# be taken away for a moment, hence the third longest of about twenty pauses, and one of five runs.
control_loop_is_held_shortly() {
    for run in 1 2 3 4 5; do
        limited 60 "$LEAKGRAPH" record -o "$WORK/loop.data" --snapshot-every 150ms -- "$WORK/control_loop" 4
        case $? in 77) return 77 ;; 0) ;; *) return 1 ;; esac
        "$LEAKGRAPH" export "$WORK/loop.data" | python3 -c '
import json, sys
snapshots = [s for p in json.load(sys.stdin)["processes"] for s in p["snapshots"]]
pauses = sorted(s["pause_seconds"] for s in snapshots if s["reason"] == "period")
print(len(pauses), "pauses, the longest:", pauses[-3:])
sys.exit(len(pauses) < 12 or pauses[-3] > 0.003)' && return 0
    done
    return 1
}
if [ "$(basename "$BUILD")" = asan ] || { limited 60 "$WORK/control_loop" 0; [ $? = 77 ]; }; then
    skip "a real-time loop is held shortly by snapshots on a busy machine" "no right to real-time priority"
else
    fact "a real-time loop is held shortly by snapshots on a busy machine" control_loop_is_held_shortly
fi

limited 60 "$WORK/load" 200 >"$WORK/plain.out"
limited 60 "$LEAKGRAPH" record -o "$WORK/load.data" -- "$WORK/load" 200 >"$WORK/load.out" 2>"$WORK/load.err"
fact "200 snapshots under load: the program ends well" test $? = 0
fact "200 snapshots under load: its results are the same" diff "$WORK/plain.out" "$WORK/load.out"
fact "200 snapshots under load: all of them were taken" sh -c "! grep . '$WORK/load.err'"
parent=$(ls -S "$WORK"/load.data/*.lgr | head -n 1)
figures "$parent" >"$WORK/figures"
fact "200 snapshots under load: none failed" sh -c "! grep -E 'failed|unfinished' '$WORK/figures'"
fact "the oldest are thinned, not more than 64 are kept" \
    test "$(grep -c complete "$WORK/figures")" -le 64 -a "$(grep -c thinned "$WORK/figures")" -ge 100
nothing_lost() {
    local number
    for number in $(awk '$2 == "complete" { print $1 }' "$WORK/figures" | tail -n 12); do
        "$LEAKGRAPH" gate "$parent@$number" || return 1
    done
}
fact "200 snapshots under load: no block is torn off" nothing_lost

# --- who can be asked ---

# start NAME HOW: in the background under the recorder; its pid goes to $pid, what it says to $WORK/NAME.out
start() {
    rm -rf "$WORK/$1.data"
    LD_PRELOAD=$SHIM LEAKGRAPH_OUT="$WORK/$1.data" "$WORK/asked" "$2" >"$WORK/$1.out" 2>&1 &
    pid=$!
    wait_for 30 grep -q ready "$WORK/$1.out"
}
stop() {
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
}
# says STATUS TEXT COMMAND...
says() {
    local wanted=$1 text=$2
    shift 2
    limited 30 "$@" >"$WORK/said" 2>&1
    local status=$?
    cat "$WORK/said"
    echo "status $status"
    [ $status = "$wanted" ] && grep -qF -- "$text" "$WORK/said"
}

dies_of() {
    local number=$1
    shift
    limited 30 "$@"
    [ $? = $((128 + number)) ]
}

start idle idle
fact "an idle process is asked" says 0 "snapshot 1 of process $pid" "$LEAKGRAPH" snapshot --label "at rest" "$pid"
fact "and again" says 0 "snapshot 2 of process $pid" "$LEAKGRAPH" snapshot "$pid"
fact "the label is in the report" says 0 "at rest" "$LEAKGRAPH" report "$WORK/idle.data"
fact "a snapshot is a session by its number" says 0 "asked" "$LEAKGRAPH" report "$WORK/idle.data@1"
fact "a missing snapshot number is reported" says 3 "there is no snapshot 9" "$LEAKGRAPH" report "$WORK/idle.data@9"
together() {
    local i jobs=()
    for i in 1 2 3 4 5 6; do
        "$LEAKGRAPH" snapshot "$pid" >"$WORK/together.$i" 2>&1 &
        jobs+=($!)
    done
    for i in "${jobs[@]}"; do wait "$i" || return 1; done
    [ "$(cat "$WORK"/together.* | grep -c '^snapshot')" = 6 ]
}
fact "six requests at once are all served" together
stop
start blocked blocked
fact "a process that blocks all signals is asked by its allocations" says 0 "snapshot 1" "$LEAKGRAPH" snapshot "$pid"
stop
start deaf blocked-idle
fact "one that blocks all signals and does nothing does not answer" \
    says 3 "did not answer within 0.5 s" "$LEAKGRAPH" snapshot --timeout 500ms "$pid"
stop
start threads threads
fact "a process with a hundred threads is asked" says 0 "snapshot 1" "$LEAKGRAPH" snapshot "$pid"
figures "$WORK/threads.data" >"$WORK/figures"
fact "and all threads were seen" grep -q "1 complete request None 101 False" "$WORK/figures"
stop
for how in child fresh-child; do
    start $how $how
    child=$(sed -n 's/^child //p' "$WORK/$how.out")
    if [ $how = child ]; then
        wait_for 30 is_recorded "$WORK/$how.data" "$child"
        fact "a forked child is asked" says 0 "of process $child" "$LEAKGRAPH" snapshot "$child"
    else
        fact "a child that has not allocated is reported as such" says 3 "has allocated nothing since its fork" "$LEAKGRAPH" snapshot "$child"
    fi
    kill -KILL "$child" 2>/dev/null
    stop
done
sleep 30 &
fact "an unrecorded process is reported as such" says 3 "is not recorded" "$LEAKGRAPH" snapshot $!
kill $!
fact "a missing process is reported" says 3 "there is no process 4194303" "$LEAKGRAPH" snapshot 4194303
fact "what is no pid is wrong use" says 2 "not the number of a process" "$LEAKGRAPH" snapshot robot
fact "a program that uses all real-time signals gets them" \
    says 0 "0 wrong" "$LEAKGRAPH" record -o "$WORK/signals.data" -- "$WORK/asked" signals
fact "a real-time signal at its default still kills" \
    dies_of 61 "$LEAKGRAPH" record -o "$WORK/default.data" -- "$WORK/asked" default

ends_while_asked() {
    local i pid record
    for i in $(seq 12); do
        "$LEAKGRAPH" record -o "$WORK/ends.data" -- "$PROGRAMS/O2/direct_leak" &
        record=$!
        for _ in $(seq 8); do
            pid=$(pgrep -P $record -x direct_leak) && "$LEAKGRAPH" snapshot -t 2s "$pid" >/dev/null 2>&1
        done
        wait $record || return 1
        "$LEAKGRAPH" gate --max-leaked-blocks 1 "$WORK/ends.data" || return 1
    done
}
fact "a process that ends while it is asked ends well and has its verdict" ends_while_asked

# In a pid namespace of its own the process is number 1, which ignores SIGTERM where it has no handler.
if unshare -pfm --mount-proc true 2>/dev/null; then
    limited 20 "$LEAKGRAPH" record -o "$WORK/namespace.data" -- unshare -pfm --mount-proc \
        "$WORK/asked" idle >"$WORK/namespace.out" &
    record=$!
    wait_for 30 grep -q ready "$WORK/namespace.out"
    pid=$(pgrep -n -x asked)
    fact "a process in a pid namespace of its own is asked by the number it has outside" \
        says 0 "of process $pid" "$LEAKGRAPH" snapshot "$pid"
    fact "and is known to run, seen from outside" \
        says 0 "still running" "$LEAKGRAPH" report "$WORK/namespace.data"
    kill -TERM "$pid"
    fact "and is as immortal there as without the recorder" says 0 "snapshot 2" "$LEAKGRAPH" snapshot "$pid"
    kill -KILL "$pid"
    wait $record
else
    skip "a process in a pid namespace of its own is asked" "no right to make one"
fi
fact "--huge-pages reaches the program's malloc" \
    says 0 "glibc.malloc.hugetlb=1" "$LEAKGRAPH" record --huge-pages -o "$WORK/huge.data" -- env

# --- by the clock and the memory ---

limited 60 "$LEAKGRAPH" record -o "$WORK/every.data" --snapshot-every 20ms --max-snapshots 4 -- "$PROGRAMS/O2/robot_demo"
figures "$WORK/every.data" >"$WORK/figures"
fact "--snapshot-every takes some" test "$(grep -c ' period ' "$WORK/figures")" -ge 5
fact "and none but those, though libraries allocate before the options are read" \
    sh -c "! grep -q ' threshold ' '$WORK/figures'"
fact "--max-snapshots keeps so many" test "$(grep -c ' complete ' "$WORK/figures")" -le 5
limited 60 "$LEAKGRAPH" record -o "$WORK/bytes.data" --snapshot-at-bytes 64K -- "$PROGRAMS/O2/robot_demo"
figures "$WORK/bytes.data" >"$WORK/figures"
fact "--snapshot-at-bytes takes one when it is reached" test "$(grep -c ' threshold ' "$WORK/figures")" -ge 1
limited 60 "$LEAKGRAPH" record -o "$WORK/rss.data" --snapshot-at-rss 1M -- "$PROGRAMS/O2/robot_demo"
figures "$WORK/rss.data" >"$WORK/figures"
fact "--snapshot-at-rss takes one when it is reached" test "$(grep -c ' threshold ' "$WORK/figures")" -ge 1
LEAKGRAPH_MAX_PAUSE=1us limited 60 "$LEAKGRAPH" record -o "$WORK/refused.data" --snapshot-every 20ms -- "$PROGRAMS/O2/robot_demo"
fact "LEAKGRAPH_MAX_PAUSE refuses, and the report shows it" says 0 "0.0 ms are allowed" "$LEAKGRAPH" report "$WORK/refused.data"
figures "$WORK/refused.data" >"$WORK/figures"
fact "what is refused again and again is one record" test "$(grep -c ' failed ' "$WORK/figures")" = 1
fact "the end of the process is never refused" grep -q ' complete exit ' "$WORK/figures"
fact "--quiet-snapshots take none of the threads' time" \
    limited 60 "$LEAKGRAPH" record -o "$WORK/quiet.data" --quiet-snapshots -- "$WORK/waits"
figures "$WORK/quiet.data" >"$WORK/figures"
fact "--quiet-snapshots are marked as quiet" grep -q True "$WORK/figures"
LEAKGRAPH_MAX_PAUSE=soon limited 60 "$LEAKGRAPH" record -o "$WORK/odd.data" -- "$PROGRAMS/O2/direct_leak"
fact "an option in the environment that cannot be read is reported" \
    says 0 "options in the environment" "$LEAKGRAPH" report "$WORK/odd.data"
finish
