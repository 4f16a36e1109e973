#!/bin/bash
# SPDX-License-Identifier: MIT
# Advice for C and C++ where people meet it: the text report, the page, several processes, clang's programs,
# and none where nothing can be changed.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1

# advice SESSION: "KIND LINE" of each, the line being the user's
advice() {
    "$LEAKGRAPH" export "$1" | python3 -c '
import json, sys
for process in json.load(sys.stdin)["processes"]:
    for advice in process["advice"]:
        lines = [f["line"] for f in advice["stack"] if "wasteful.cpp" in (f["file"] or "")]
        print(advice["kind"], lines[0] if lines else advice["stack"])' | sort
}

record gcc.data -- "$PROGRAMS/O2/wasteful"
advice gcc.data >gcc.advice
"$LEAKGRAPH" report --top 20 gcc.data >report
fact "the report has all of it" test "$(sed -n '/^Advice/,/^Peak/p' report | grep -c '^  [a-z-]*: ')" = "$(wc -l <gcc.advice)"
fact "with evidence, cure and line" sh -c '
    grep -q "^  preallocate: a vector outgrew its buffer 4,*400 times" report &&
    tr -s "\n " " " <report | grep -q "which keeps its memory by scan (wasteful.cpp:"'
fact "no line is longer than the terminal" test "$(sed -n '/^Advice/,/^Peak/p' report | wc -L)" -le 100
"$LEAKGRAPH" export --format html -o page.html gcc.data
fact "the page has it, too" grep -q 'a vector outgrew its buffer' page.html

if command -v clang++-14 >/dev/null; then
    clang++-14 -std=gnu++17 -O2 -g -I"$ROOT" -o clang.wasteful "$ROOT/tests/programs/wasteful.cpp" 2>compiler.log
    record clang.data -- ./clang.wasteful
    advice clang.data >clang.advice
    fact "clang's programs get the same" diff gcc.advice clang.advice
else
    skip "clang's programs get the same" "not installed"
fi

cp "$PROGRAMS/O2/wasteful" stripped
strip stripped
record stripped.data -- ./stripped
fact "no advice without a line to change" test "$(advice stripped.data | wc -l)" = 0
record family.data -- sh -c "'$PROGRAMS/O2/live_scene'; '$PROGRAMS/O2/wasteful'; '$PROGRAMS/O2/live_scene'"
"$LEAKGRAPH" report family.data >family
fact "of several processes, the one with advice is shown in full" grep -q "^  reuse: " family
finish
