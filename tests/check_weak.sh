#!/bin/bash
# SPDX-License-Identifier: MIT
# Weak references keep nothing alive, and what an owner keeps is never called lost: the programs of tests/weak at -O0
# and -O2, with symbols only, and stripped. The second line of each says what is right.
. "$(dirname "$0")/lib.sh"

# A compiler reads weak.h once for each level.
for level in O0 O2; do
    mkdir -p "$WORK/$level/tests/weak"
    c++ -std=c++17 -g -$level -pthread -x c++-header -o "$WORK/$level/tests/weak/weak.h.gch" "$ROOT/tests/weak/weak.h" || exit 1
done

# build_all NAME: four programs
build_all() {
    local level
    for level in O0 O2; do
        c++ -std=c++17 -g -$level -pthread -I"$WORK/$level" -I"$ROOT" -o "$WORK/$1.$level" "$ROOT/tests/weak/$1.cpp" || return 1
    done
    strip --strip-debug -o "$WORK/$1.symbols" "$WORK/$1.O2" && strip -o "$WORK/$1.stripped" "$WORK/$1.O2"
}

cat >"$WORK/judge.py" <<'PYTHON'
import json, re, sys
source, build, report = sys.argv[1:]
right = open(source).read().split("\n")[1]
process = json.load(open(report))["processes"][0]
leaks, cycles = process["leaks"], sum(c["count"] for c in process["cycles"])
lost = re.match(r"// lost (\d+) cycles(?: (\d+) direct)?(?: at_least (\d+))?:", right)
wanted, direct, least = (int(n or 0) for n in lost.groups()) if lost else (0, 0, 0)
if not leaks["checked"]:
    sys.exit("no verdict: %s" % leaks["why_not"])
if not lost:
    fits = leaks["blocks"] == 0
elif build in ("O0", "O2"):
    fits = (least or wanted) <= cycles <= wanted and leaks["direct"]["blocks"] == direct
else:
    fits = cycles <= (wanted if build == "symbols" else 0) and leaks["direct"]["blocks"] == direct
if not fits:
    sys.exit("%s, found %d cycles, %d blocks, %d direct" % (right, cycles, leaks["blocks"], leaks["direct"]["blocks"]))
PYTHON

# judge NAME BUILD
judge() {
    rm -rf "$WORK/session"
    limited 60 "$LEAKGRAPH" record -o "$WORK/session" -- "$WORK/$1.$2" &&
        "$LEAKGRAPH" export --format json -o "$WORK/report.json" "$WORK/session" &&
        /usr/bin/python3 "$WORK/judge.py" "$ROOT/tests/weak/$1.cpp" "$2" "$WORK/report.json"
}

for source in "$ROOT"/tests/weak/*.cpp; do
    name=$(basename "$source" .cpp)
    if [[ $name == *boost* ]] && [ ! -e /usr/include/boost/weak_ptr.hpp ]; then
        skip "$name" "boost is not installed"
        continue
    fi
    build_all "$name" || {
        not_ok "$name was built"
        continue
    }
    for build in O0 O2 symbols stripped; do
        fact "$name, $build" judge "$name" $build
    done
    [ "$name" = lost_in_members ] || [[ $name == kept_expired* ]] || rm -f "$WORK/$name".*
done

# shows COMMAND... -- TEXT...: its output has every text
shows() {
    local command=() text
    while [ "$1" != -- ]; do
        command+=("$1")
        shift
    done
    shift
    "$LEAKGRAPH" "${command[@]}" "$WORK/session" >"$WORK/shown" || return 1
    for text in "$@"; do
        grep -qF -- "$text" "$WORK/shown" || {
            echo "missing: $text"
            head -40 "$WORK/shown"
            return 1
        }
    done
}

again() {
    rm -rf "$WORK/session"
    "$LEAKGRAPH" record -o "$WORK/session" -- "$WORK/$1" >/dev/null
}

again lost_in_members.O0
fact "report names the weak references to a cycle and its owners" shows report -- \
    "only weak references reach them: " "Manager.nodes[]" "use_count 1, and its 1 owner is inside: self_owning::make()::lambda.n"
fact "graph draws weak references dotted and compares owners with use_count" shows graph --backrefs Node -- \
    "use_count 1, 1 owner found" 'weak_ptr<self_owning::Node>> node' "style=dotted"
again lost_in_members.stripped
fact "stripped: one line says that debug info would tell" shows report -- \
    "objects may be held by weak references only; debug info would tell"
again kept_expired.O0
fact "report tells of destroyed objects whose memory weak references keep" shows report -- \
    "Node (expired), 100 weak_ptr in registry[] (kept_expired.cpp:"
fact "types has them apart" shows types -- "Node (expired)"

again kept_expired_grows.O0
fact "diff tells of their growth between snapshots" sh -c "'$LEAKGRAPH' diff '$WORK/session@1' '$WORK/session@2' |
    tee /dev/stderr | grep -qE '^ +400 +\+300 .* Observer \(expired\)\$'"
finish
