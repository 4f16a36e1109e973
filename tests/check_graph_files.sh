#!/bin/bash
# SPDX-License-Identifier: MIT
# check_graph_files.sh [BUILD] [--update]
# The drawings of the named graph programs as a whole, DOT and JSON, at -O0 and -O2, against tests/graphs. Only what
# differs from run to run is made equal: process ids and addresses.
. "$(dirname "$0")/lib.sh"
GRAPHS=$ROOT/tests/graphs
update=no
[ "${2:-}" = --update ] && update=yes

# One line for each node and edge.
cat >"$WORK/lines.py" <<'PYTHON'
import json, sys
for process in json.load(sys.stdin)["processes"]:
    print({key: value for key, value in process.items() if key not in ("nodes", "edges")})
    for kind in ("nodes", "edges"):
        for number, item in enumerate(process[kind]):
            print(kind[:-1], number, json.dumps(item, ensure_ascii=False))
PYTHON

stable() {
    sed -E "s/pid [0-9]+/pid N/; s/'pid': [0-9]+/'pid': N/; s/0x[0-9a-f]{6,}/0xADDRESS/g; s/\+0x[0-9a-f]+/+0xOFFSET/g"
}

# draw SESSION OPTION...: all of it that is compared
draw() {
    local session=$1
    shift
    echo "== $*"
    "$LEAKGRAPH" graph "$@" "$session"
    "$LEAKGRAPH" graph "$@" --format json "$session" | /usr/bin/python3 "$WORK/lines.py"
}

# draw_all LEVEL NAME: every view of the program
draw_all() {
    local name view session=$WORK/$2-$1
    limited 60 "$LEAKGRAPH" record -o "$session" -- "$PROGRAMS/$1/$2" >/dev/null 2>&1
    while read -r name view; do
        # shellcheck disable=SC2086
        [ "$name" != "$2" ] || draw "$session" $view
    done <"$GRAPHS/views" 2>&1 | stable
}

expected_of() { # expected_of LEVEL NAME
    if [ "$1" = O2 ] && [ -f "$GRAPHS/$2-O2.expected" ]; then
        echo "$GRAPHS/$2-O2.expected"
    else
        echo "$GRAPHS/$2.expected"
    fi
}

names=$(grep -v '^#' "$GRAPHS/views" | cut -d ' ' -f 1 | sort -u)
for name in $names; do
    for level in O0 O2; do
        draw_all $level "$name" >"$WORK/drawn-$level"
    done
    if [ $update = yes ]; then
        cp "$WORK/drawn-O0" "$GRAPHS/$name.expected"
        rm -f "$GRAPHS/$name-O2.expected"
        cmp -s "$WORK/drawn-O0" "$WORK/drawn-O2" || cp "$WORK/drawn-O2" "$GRAPHS/$name-O2.expected"
    fi
    for level in O0 O2; do
        if diff "$(expected_of $level "$name")" "$WORK/drawn-$level" >"$WORK/differences"; then
            ok "$name -$level is drawn as expected"
        else
            not_ok "$name -$level is drawn as expected" "$WORK/differences"
        fi
    done
done

# Every leaked cycle of every C++ program: how many members and pointers have names?
cat >"$WORK/count.py" <<'PYTHON'
import json, sys
what, wrong, total = sys.argv[1], [], 0
for path in sys.argv[2:]:
    has_debug_info = "stripped_build" not in path and "no_debug_info" not in path
    for process in json.load(open(path))["processes"]:
        for cycle in process["cycles"]:
            types = [member["type"] for member in cycle["members"]]
            if what == "members":
                total += 1
                wrong += [] if any(types) else [(path, types)]
            elif has_debug_info:
                total += len(cycle["edges"])
                wrong += [(path, types[edge["from"]], edge["offset"]) for edge in cycle["edges"] if not edge["label"]]
print(total - len(wrong), "of", total, *wrong, sep="\n")
sys.exit(bool(wrong) or total == 0)
PYTHON
for source in "$ROOT"/tests/programs/*_cycle*.cpp "$ROOT"/tests/programs/{cycles_*,named_*,polymorphic_*,robot_*,shared_ptr_*,stripped_*,no_debug_*}.cpp; do
    name=$(basename "${source%.cpp}")
    for level in O0 O2; do
        session=$WORK/$name-$level
        [ -d "$session" ] || limited 60 "$LEAKGRAPH" record -o "$session" -- "$PROGRAMS/$level/$name" >/dev/null 2>&1
        "$LEAKGRAPH" export --format json -o "$session.json" "$session" 2>/dev/null
    done
done
fact "at least one member of every C++ cycle is named by type" \
    /usr/bin/python3 "$WORK/count.py" members "$WORK"/*.json
fact "every pointer of a C++ cycle with debug info is named by member" \
    /usr/bin/python3 "$WORK/count.py" pointers "$WORK"/*.json
finish
