#!/bin/bash
# SPDX-License-Identifier: MIT
# Cycles through C++ and Python, by pybind11: found when nobody holds them, and only then; at -O0 and -O2, with
# debug info and stripped.
. "$(dirname "$0")/lib.sh"
PYTHON=/usr/bin/python3
SOURCES=$ROOT/tests/python/mixed
cd "$WORK" || exit 1

if ! [ -e /usr/include/pybind11/pybind11.h ] || ! [ -x /usr/bin/python3-config ]; then
    skip "cycles through C++ and Python" "pybind11-dev or python3-dev is not installed"
    finish
fi

# extension NAME FLAG...: built in a folder of its own
extension() {
    local name=$1
    shift
    mkdir "$name"
    # shellcheck disable=SC2046
    g++ -std=c++17 -fPIC -shared -fvisibility=hidden "$@" $(python3-config --includes) "$SOURCES/views.cpp" \
        -o "$name/views$(python3-config --extension-suffix)"
}

# export_of BUILD SCRIPT ARGUMENT...: its Python part, in python.json
export_of() {
    local build=$1 script=$2
    shift 2
    PYTHONPATH=$WORK/$build limited 60 "$LEAKGRAPH" record -o session -- "$PYTHON" "$SOURCES/$script.py" "$@" &&
        "$LEAKGRAPH" export session --format json -o report.json
}

finds_three_kinds() { # BUILD
    export_of "$1" lost || return 1
    "$LEAKGRAPH" report session >report
    "$PYTHON" - <<'PYTHON'
import json
python = json.load(open("report.json"))["processes"][0]["python"]
cycles = python["mixed_cycles"]
count = {"__main__.Panel": 0, "views.View": 0, "views.Timer": 0}
for cycle in cycles:
    count[next(m["type"] for m in cycle["members"] if m["type"] in count)] += cycle["count"]
assert set(count.values()) == {3}, count
assert python["garbage_cycles"] == 0 and not python["leaks"], python["leaks"]
for cycle in cycles:
    cut = cycle["edges"][cycle["weaken"]]
    assert not cut["exact"] and cycle["members"][cut["to"]]["type"] in ("method", "function"), cut
    assert "its C++ object" in [edge["label"] for edge in cycle["edges"]]
PYTHON
}
fails_the_gate() {
    "$LEAKGRAPH" gate session >gate.log
    [ $? = 1 ] && grep -q 'Python objects and blocks in cycles through C++' gate.log
}
finds_nothing() { # BUILD HOW
    export_of "$1" held "$2" || return 1
    "$LEAKGRAPH" report session >report
    "$PYTHON" - <<'PYTHON'
import json
python = json.load(open("report.json"))["processes"][0]["python"]
assert python["checked"] and python["mixed_cycles"] == [] and python["leaks"] == [], python
PYTHON
}

extension debug -O0 -g &
extension stripped -O2 -s
wait
for kind in debug stripped; do
    fact "$kind: nine cycles of three kinds are found, each with the pointer that C++ holds" finds_three_kinds $kind
done
fact "they are no garbage that waits: the gate fails" fails_the_gate
for how in global keep callback keep_by_view show start cpp_thread python_thread weak container generator other hide; do
    fact "held, no finding: $how" finds_nothing stripped $how
done
finish
