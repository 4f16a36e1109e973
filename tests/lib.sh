# SPDX-License-Identifier: MIT
# Sourced by tests/check_*.sh. A script states facts, one line each, which tests/run counts:
#
#     ok - FACT      not ok - FACT      skip - FACT (reason)
#
# It gets the build folder as its first argument or in BUILD, default build/release:
#     BUILD     absolute        LEAKGRAPH   the command
#     SHIM      the preload     WORK        a folder of its own, removed at the end

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(cd "${1:-${BUILD:-$ROOT/build/release}}" && pwd) || exit 1
LEAKGRAPH=$BUILD/leakgraph
SHIM=$BUILD/libleakgraph.so
PROGRAMS=$BUILD/programs
WORK=$(mktemp -d "${TMPDIR:-/tmp}/leakgraph-test.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
ulimit -c 0
export LC_ALL=C.UTF-8 NO_COLOR=1
facts_failed=0

ok() {
    echo "ok - $1"
}

# not_ok FACT [FILE]: with the file's first lines as the reason
not_ok() {
    echo "not ok - $1"
    [ -z "${2:-}" ] || head -n 15 "$2" | sed 's/^/#   /'
    facts_failed=$((facts_failed + 1))
}

skip() {
    echo "skip - $1 ($2)"
}

# fact FACT COMMAND...: holds when the command succeeds; what it printed is shown otherwise
fact() {
    local name=$1
    shift
    if "$@" >"$WORK/fact.log" 2>&1; then
        ok "$name"
    else
        not_ok "$name" "$WORK/fact.log"
    fi
}

# limited SECONDS COMMAND...: a hang becomes status 124 (137 when it had to be killed)
limited() {
    local seconds=$1
    shift
    timeout -k 5 "$seconds" "$@"
}

# run COMMAND...: leaves out, err and $status
run() {
    limited 120 "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
    status=$?
}

# expect FACT STATUS [TEXT]: about the last run; TEXT is a part of what it wrote, on either side
expect() {
    if [ "$status" != "$2" ]; then
        { echo "status $status, not $2"; cat "$WORK/out" "$WORK/err"; } >"$WORK/reason"
        not_ok "$1" "$WORK/reason"
    elif [ -n "${3:-}" ] && ! grep -qF -e "$3" "$WORK/out" "$WORK/err"; then
        { echo "'$3' is missing in:"; cat "$WORK/out" "$WORK/err"; } >"$WORK/reason"
        not_ok "$1" "$WORK/reason"
    else
        ok "$1"
    fi
}

# gate ARGUMENT...: a run of it
gate() {
    run "$LEAKGRAPH" gate "$@"
}

# record SESSION [OPTION...] -- COMMAND...: quietly
record() {
    limited 120 "$LEAKGRAPH" record -o "$@" >/dev/null 2>&1 </dev/null
}

# record_as NAME COMMAND...: into the session NAME, with NAME.out, NAME.err, NAME.status and its report in NAME.json
record_as() {
    local name=$1
    shift
    limited 120 "$LEAKGRAPH" record -o "$name" -- "$@" >"$name.out" 2>"$name.err"
    echo $? >"$name.status"
    "$LEAKGRAPH" export --format json -o "$name.json" "$name"
}

# build PROGRAM SOURCE FLAG...: with debug info, by the compiler of its language
CC=${CC:-gcc} CXX=${CXX:-g++}
build() {
    local program=$1 source=$2 compiler=$CC language=-std=gnu11
    shift 2
    case $source in *.cpp) compiler=$CXX language=-std=gnu++17 ;; esac
    "$compiler" "$language" -D_GNU_SOURCE -I"$ROOT" -w -g "$@" -o "$program" "$source" -pthread
}

# title_of PAGE: in the browser, after its scripts
title_of() {
    limited 60 chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$WORK/browser" \
        --dump-dom "file://$1" 2>/dev/null | grep -o '<title>[^<]*' | head -n 1
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails when it has not by then
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.02
    done
}

# hold: a pipe, $WORK/held. Whoever reads it waits until release. Start such programs with `9>&-`: they must not
# hold it open themselves.
hold() {
    rm -f "$WORK/held"
    mkfifo "$WORK/held"
    exec 9<>"$WORK/held"
}
release() {
    exec 9>&-
}

# is_recorded SESSION [PID]: whether there is a recording in it
is_recorded() {
    compgen -G "$1/${2:-*}.*.lgr"
}

# lines FILE COUNT: whether it has at least so many
lines() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

# programs LEVEL: names of the built test programs, one a line
programs() {
    find "$PROGRAMS/$1" -maxdepth 1 -type f -perm -u+x ! -name 'lib_*' -printf '%f\n' | sort
}

# scripts_of_python FACTS: PYTHON runs the SCRIPTS of tests/python, always alike; without it these facts are skipped
scripts_of_python() {
    PYTHON=${PYTHON:-/usr/bin/python3}
    readonly SCRIPTS=$ROOT/tests/python
    export PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
    cd "$WORK" || exit 1
    if ! "$PYTHON" -c '' 2>/dev/null; then
        skip "$1" "no $PYTHON"
        finish
    fi
}

finish() {
    [ "$facts_failed" = 0 ]
    exit
}
