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
