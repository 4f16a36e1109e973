#!/bin/bash
# SPDX-License-Identifier: MIT
# check_real_graphs.sh [BUILD]
# Graphs of programs as Debian ships them, stripped: a database that is open in sqlite3, cppcheck at work.
. "$(dirname "$0")/lib.sh"

# drawn FACT PATTERN SESSION: what holds most is drawn, Graphviz reads it, and the pattern is in it
drawn() {
    "$LEAKGRAPH" graph --dominators "$3" >"$WORK/graph.dot" 2>&1
    if ! command -v dot >/dev/null; then
        skip "$1: Graphviz reads it" "Graphviz is not installed"
    else
        fact "$1: Graphviz reads it" dot -Tsvg -o "$WORK/graph.svg" "$WORK/graph.dot"
    fi
    fact "$1: it names what a reader knows" grep -qE -- "$2" "$WORK/graph.dot"
}

# mostly_named FACT SESSION: more than half of the bytes belong to blocks with a name, or to a named function
mostly_named() {
    "$LEAKGRAPH" types --format json "$2" >"$WORK/types.json" 2>&1
    fact "$1" /usr/bin/python3 - "$WORK/types.json" <<'PYTHON'
import json, sys
named = total = 0
for process in json.load(open(sys.argv[1]))["processes"]:
    for entry in process["types"]:
        total += entry["bytes"]
        text = entry["type"]
        named += 0 if "+0x" in text else entry["bytes"]
print(named, "of", total)
sys.exit(total == 0 or named * 2 < total)
PYTHON
}

if command -v sqlite3 >/dev/null; then
    cat >"$WORK/fill.sql" <<'SQL'
CREATE TABLE poses(time INTEGER PRIMARY KEY, frame TEXT);
WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 2000)
INSERT INTO poses SELECT n, 'frame number ' || n FROM count;
SQL
    session=$WORK/sqlite
    (cat "$WORK/fill.sql"; wait_for 30 "$LEAKGRAPH" report "$session@1") |
        limited 60 "$LEAKGRAPH" record --snapshot-at-bytes 100K -o "$session" -- sqlite3 :memory: >/dev/null 2>&1
    drawn "sqlite3 with a database" 'by sqlite3BtreeInsert \(libsqlite3' "$session@1"
    mostly_named "sqlite3: most bytes have a name" "$session@1"
    "$LEAKGRAPH" report --retained "$session@1" >"$WORK/report" 2>&1
    fact "sqlite3: its functions around malloc are looked through" sh -c "! grep -q 'by sqlite3Malloc' '$WORK/report'"
    fact "sqlite3: what several hold is reached from somewhere" grep -q 'held by several, reached from' "$WORK/report"
else
    skip "sqlite3 with a database" "not installed"
fi

if command -v cppcheck >/dev/null; then
    session=$WORK/cppcheck
    limited 60 "$LEAKGRAPH" record --snapshot-at-bytes 1500K -o "$session" -- \
        cppcheck --enable=all "$ROOT/tests/programs/live_scene.cpp" >/dev/null 2>&1
    drawn "cppcheck" 'main thread stack in Library::load' "$session@1"
    drawn "cppcheck's classes" 'tinyxml2::XMLElement' "$session@1"
    mostly_named "cppcheck: most bytes have a name" "$session@1"
else
    skip "cppcheck" "not installed"
fi
finish
