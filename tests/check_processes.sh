#!/bin/bash
# SPDX-License-Identifier: MIT
# Everyone is accounted for: a process of the session that could not be recorded is no verdict, with its name and
# the true reason, and never "within all budgets".
. "$(dirname "$0")/lib.sh"

SOURCES=$ROOT/tests/processes
chmod 755 "$WORK"
build() {
    ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -g -O1 -o "$WORK/$1" "${@:2}" 2>"$WORK/build.log"
}
build starts "$SOURCES/starts.c" -pthread || not_ok "tests/processes/starts.c is built" "$WORK/build.log"
build dynamic "$SOURCES/leaks.c"
build static -static "$SOURCES/leaks.c"
build clean -x c - <<<'int main(void) { return 0; }'
build liblate.so -shared -fPIC "$SOURCES/late.c"
build late_starts "$SOURCES/starts.c" -pthread -Wl,--no-as-needed -L"$WORK" -llate -Wl,-rpath,"$WORK"
cp "$WORK/dynamic" "$WORK/privileged"
chmod u+s "$WORK/privileged"
cd "$WORK" || exit 1

# judged STATUS PATTERN COMMAND...: what is said and the status of `check`
judged() {
    local wanted=$1 pattern=$2 status
    shift 2
    limited 60 "$@" >"$WORK/said" 2>&1 </dev/null
    status=$?
    cat "$WORK/said"
    echo "status $status, expected $wanted: $pattern"
    [ $status = "$wanted" ] && grep -Eq "$pattern" "$WORK/said"
}
check() {
    judged "$1" "$2" "$LEAKGRAPH" check -o "$WORK/session" -- "${@:3}"
}
is_root() {
    [ "$(id -u)" = 0 ] || { skip "$1" "only root can"; false; }
}

fact "a forked child is recorded" check 1 '^lose ' ./starts fork
fact "children without a block of their own are not missed" check 0 'within all budgets' ./starts ""
fact "a program that is executed is recorded" check 1 '^main ' ./starts fork-exec ./dynamic
fact "a clean one is no doubt" check 0 'within all budgets: [23] processes' ./starts fork-exec ./clean
fact "nor is one that vfork starts" check 0 'within all budgets' ./starts vfork-exec ./clean
fact "nor is one that posix_spawn starts" check 0 'within all budgets' ./starts spawn ./clean
fact "nor is one in place" check 0 'within all budgets' ./starts exec ./clean
fact "an exec that fails leaves no doubt" check 0 'within all budgets' ./starts failed-exec ./clean
fact "a shell with a pipe is no doubt" check 0 'within all budgets' sh -c 'echo a | cat; (exec ./clean); ./clean & wait'

if is_root "children that give up rights"; then
    fact "a child in another root" check 3 'starts \(pid [0-9]+\) was not recorded: the session folder is not there' \
        ./starts chroot
    fact "a program that went to another root itself" check 3 '/proc/self/maps could not be read' ./starts chroot-itself
    fact "a child of another user" check 3 'starts \(pid [0-9]+\) was not recorded: as user 65534' ./starts setuid
    fact "a raw clone of another user" check 3 'starts \(pid [0-9]+\) was not recorded: as user 65534' ./starts raw-clone
    fact "a worker of a daemon of another user" check 3 'was not recorded: as user 65534' ./starts setuid-and-fork
    fact "a program that another user executes in place" check 3 'dynamic .*was not recorded: .*user 65534' \
        ./starts setuid-exec ./dynamic
    mkdir -p "$WORK/nobody" && chown 65534 "$WORK/nobody"
    fact "a setuid program" judged 3 'privileged \(pid [0-9]+\) was not recorded: it gets rights' \
        setpriv --reuid 65534 --clear-groups "$LEAKGRAPH" check -o "$WORK/nobody/session" -- ./starts spawn ./privileged
fi
fact "a child without descriptors" check 3 'was not recorded: it had no file descriptor left' ./starts descriptors
fact "a child that may write no file" check 3 'was not recorded: its limit of the size of files' ./starts limit
for how in fork-exec vfork-exec spawn exec; do
    fact "a static program ($how)" check 3 'static \(pid [0-9]+\) was not recorded: it is statically linked' \
        ./starts $how ./static
done
fact "a program without its environment" check 3 'dynamic \(pid [0-9]+\) was not recorded: LD_PRELOAD' \
    ./starts spawn-naked ./dynamic
fact "env -i" check 3 'clean \(pid [0-9]+\) was not recorded: LD_PRELOAD' env -i ./clean
fact "a shell without its environment" check 3 'sh was not recorded: LD_PRELOAD' ./starts system-naked

fact "--process leaves out who is not to be judged" judged 0 'within all budgets' \
    "$LEAKGRAPH" check -o "$WORK/session" --process starts -- ./starts fork-exec ./static
fact "and names who is" judged 3 'static .*was not recorded' \
    "$LEAKGRAPH" check -o "$WORK/session" --process static --process starts -- ./starts fork-exec ./static

fact "a daemon is waited for" check 1 '^lose ' ./starts daemon
fact "a daemon that first runs after its parent's end is waited for" check 1 '^lose ' ./late_starts daemon
fact "one that ends before it is known is no verdict" check 3 'late_starts was not recorded: it was forked, and ended' \
    env LATE=never ./late_starts daemon
fact "a daemon that goes on is told of" judged 3 'starts \(pid [0-9]+\)(.*still runs|, still running)' \
    "$LEAKGRAPH" check --wait 300ms -o "$WORK/session" -- ./starts long-daemon
fact "one that has allocated nothing yet, too" judged 3 'starts \(pid [0-9]+\) .*still runs' \
    "$LEAKGRAPH" gate "$WORK/session"
kill -KILL "$(sed -n 's/.*starts (pid \([0-9]*\)) .*still runs.*/\1/p' "$WORK/said")"

# The sanitizer's runtime must be the first library, so a preload would keep its programs from starting.
declined() {
    judged "$1" "$2" "$LEAKGRAPH" "${@:3}" && grep -qx hi "$WORK/said"
}
for compiler in gcc clang clang-14; do
    if ! $compiler -fsanitize=address -g -o "$WORK/sanitized" "$SOURCES/leaks.c" 2>/dev/null; then
        skip "a program with AddressSanitizer ($compiler)" "cannot be built"
        continue
    fi
    export ASAN_OPTIONS=detect_leaks=0
    fact "a program with AddressSanitizer is declined and runs ($compiler)" declined 0 \
        'sanitized was not recorded: it is built with AddressSanitizer' record -o "$WORK/session" -- ./sanitized
    fact "check gives no verdict on it ($compiler)" declined 3 'sanitized was not recorded' \
        check -o "$WORK/session" -- ./sanitized
    for how in fork-exec vfork-exec spawn exec; do
        fact "as another program's child it is declined and runs ($compiler, $how)" declined 3 \
            'sanitized .*was not recorded: it is built with AddressSanitizer' \
            check -o "$WORK/session" -- ./starts $how ./sanitized
    done
done

# The recording cannot kill: whoever cuts it ends the recording, not the program.
build works "$SOURCES/works.c" -pthread
cut_down() {
    local program
    rm -rf "$WORK/cut"
    "$LEAKGRAPH" record -o "$WORK/cut" -- ./works 2 >"$WORK/said" 2>&1 &
    program=$!
    sleep 1
    for file in "$WORK"/cut/*.lgr; do : >"$file"; done
    wait $program
    echo "status $?"
    grep -qx done "$WORK/said" && ! "$LEAKGRAPH" gate "$WORK/cut"
}
fact "a program whose recording is cut goes on, without a verdict" cut_down
private() {
    (umask 000; "$LEAKGRAPH" record -o "$WORK/private" -- ./clean; find "$WORK/private" -perm /077) >"$WORK/said" 2>&1
    cat "$WORK/said"
    [ -d "$WORK/private" ] && ! grep -q . "$WORK/said"
}
fact "recordings are their user's alone, whatever the umask" private
links() {
    mkdir -p "$WORK/links" && (cd "$WORK/links" && "$LEAKGRAPH" record -o session -- ../clean &&
        cp -r session elsewhere && ln -s elsewhere session.old && ! "$LEAKGRAPH" record -o session -- ../clean &&
        ls elsewhere/*.lgr)
}
fact "a symbolic link where the last session is kept is left alone" links
locked() {
    "$LEAKGRAPH" record -o "$WORK/locked" -- ./clean
    flock -x "$WORK/locked/.lock" sleep 8 &
    sleep 0.5
    limited 5 "$LEAKGRAPH" record -o "$WORK/locked" -- ./dynamic >"$WORK/said" 2>&1
    local status=$?
    kill $! && wait
    cat "$WORK/said"
    [ $status = 0 ] && grep -q 'not recording: .*another process holds its .lock' "$WORK/said" && grep -qx hi "$WORK/said"
} 2>/dev/null
fact "a lock that another holds is not waited for" locked

# What comes while the last graph is written comes too late: the status is that of the end.
build ends "$SOURCES/ends.c" -pthread
fact "signals at the end change neither status nor verdict" judged 0 'within all budgets' \
    "$LEAKGRAPH" check -o "$WORK/of-ends" --process ends -- ./ends signals
fact "nor does another thread that leaves" judged 0 'within all budgets' \
    "$LEAKGRAPH" check -o "$WORK/of-ends" --process ends -- ./ends thread
fact "nor a signal after the one that it dies of" judged 143 'ended by SIGTERM' \
    "$LEAKGRAPH" check -o "$WORK/of-ends" --process ends -- ./ends killed

# Limits of memory: the program has what it would have without us.
limited_memory() {
    judged 3 "dynamic .* its limits of memory \(ulimit -v, -d\)" \
        "$LEAKGRAPH" check -o "$WORK/limits" --process dynamic -- bash -c "ulimit $1; exec ./dynamic" &&
        grep -qx hi "$WORK/said"
}
for limit in "-v 6000" "-v 7000" "-v 9000" "-v 20000" "-d 1000" "-d 7000" "-d 20000"; do
    fact "too little memory to record is said, and the program runs (ulimit $limit)" limited_memory "$limit"
done
fact "with enough of it there is a verdict" judged 1 '^main ' \
    "$LEAKGRAPH" check -o "$WORK/limits" --process dynamic -- bash -c "ulimit -v 60000; exec ./dynamic"

build locks "$SOURCES/locks.c" -pthread
locks_as_before() {
    "$@" ./locks >"$WORK/plain" && "$@" "$LEAKGRAPH" record -o "$WORK/nobody/locks" -- ./locks >"$WORK/said" 2>&1
    cat "$WORK/plain" "$WORK/said"
    cmp "$WORK/plain" "$WORK/said" && "$LEAKGRAPH" gate "$WORK/nobody/locks" | grep -q 'leaked blocks 1,000'
}
mkdir -p "$WORK/nobody"
fact "memory that is locked is the program's alone" locks_as_before env
if is_root "memory is locked within a limit"; then
    chown -R 65534 "$WORK/nobody"
    fact "memory is locked within a limit" locks_as_before \
        setpriv --reuid 65534 --clear-groups bash -c 'ulimit -l 8192 && exec "$@"' bash
fi

# A child of a large process writes what it made, and is judged by that.
build large "$SOURCES/large.c"
children_of_large() {
    "$LEAKGRAPH" record -o "$WORK/of-large" -- ./large "$1" "${3:-1}" | cat # until all of them have ended
    "$LEAKGRAPH" export --format json "$WORK/of-large" >"$WORK/json" && python3 -c '
import json, sys
children = json.load(open(sys.argv[1]))["processes"][1:]
found = [(child["totals"]["inherited_left_out"], child["totals"]["live_blocks"], child["leaks"]["blocks"],
          child["leaks"]["bytes"], child["leaks"]["reachable"]["blocks"]) for child in children]
print(found)
sys.exit(not children or any(one != eval(sys.argv[2]) for one in found))
' "$WORK/json" "$2"
}
fact "a child that made nothing that lasts" children_of_large nothing '(True, 200000, 0, 0, 0)'
fact "a child that lost a block" children_of_large lose '(True, 200001, 1, 30, 0)'
fact "a child that keeps its block in an old one" children_of_large keep '(True, 200001, 0, 0, 1)'
fact "a child that lost what it was born with: its parent has it" children_of_large forget '(True, 200000, 0, 0, 0)'
fact "a child that frees and moves what it was born with" children_of_large give-back '(True, 100000, 0, 0, 20000)'
fact "a child that outlives its parent has all of it" children_of_large daemon '(False, 200000, 200000, 12800000, 0)'
fact "a child's child" children_of_large again \
    '(True, 200001, 0, 0, 1) if one[3] == 0 else (True, 200003, 1, 40, 1)'
little_disk() {
    children_of_large lose '(True, 200001, 1, 30, 0)' 10
    local most
    most=$(ls -s "$WORK"/of-large/*.lgr | sort -n | awk '{ print $1 }' | tail -n 2 | head -n 1)
    echo "the largest child has $most KB"
    [ "$most" -le 64 ]
}
fact "each takes at most 64 KB of the disk" little_disk

preloaded() {
    rm -rf "$WORK/preloaded"
    LD_PRELOAD=$SHIM LEAKGRAPH_OUT=$WORK/preloaded "$@"
    judged 3 'static \(pid [0-9]+\) was not recorded: it is statically linked' "$LEAKGRAPH" gate "$WORK/preloaded"
}
fact "the same without record" preloaded ./starts fork-exec ./static
fact "the report says so" judged 0 'no recording: static .* it is statically linked' "$LEAKGRAPH" report "$WORK/preloaded"
in_json() {
    "$LEAKGRAPH" export --format json "$WORK/preloaded" >"$WORK/json" &&
        python3 -c 'import json, sys
one, = json.load(open(sys.argv[1]))["unrecorded"]
sys.exit(not (one["executable"].endswith("static") and one["why_not"] == "it is statically linked" and one["count"] == 1))
' "$WORK/json"
}
fact "and JSON" in_json
finish
