#!/bin/bash
# SPDX-License-Identifier: MIT
# Python's objects: garbage as gc.collect() counts it, cycles with their references by name, what an extension
# forgot to let go, and a program that sees nothing of all this. PYTHON is another interpreter to test with.
. "$(dirname "$0")/lib.sh"
PYTHON=${PYTHON:-/usr/bin/python3}
SCRIPTS=$ROOT/tests/python
cd "$WORK" || exit 1

# finds FACT NAME CONDITION...: about the report of session NAME
finds() {
    local fact=$1 name=$2
    shift 2
    fact "$fact" "$PYTHON" "$SCRIPTS/expect.py" "$name.json" "$@"
}

if ! [ -x "$PYTHON" ]; then
    skip "Python's objects" "$PYTHON is not installed"
    finish
fi

for script in "$SCRIPTS"/garbage_*.py; do
    name=$(basename "$script" .py)
    record_as "$name" "$PYTHON" "$SCRIPTS/collected.py" "$script" "$WORK/$name.collected"
    finds "${name//_/ }: what gc.collect() finds, type by type" "$name" \
        "collected('$WORK/$name.collected')" "not python['leaks']" "process['leaks']['blocks'] == 0"
done

record_as pairs "$PYTHON" "$SCRIPTS/garbage_pairs.py"
finds "seven identical cycles are one group of seven" pairs \
    "python['garbage_cycles'] == 7" "python['garbage_objects'] == 28" \
    "[cycle['count'] for cycle in python['cycles']] == [7]" \
    "[m['type'] for m in python['cycles'][0]['members']] == ['__main__.Node'] * 2"
finds "references have the names of attributes and are exact" pairs \
    "labels(python['cycles'][0]) == ['peer', 'peer']" \
    "all(edge['exact'] for edge in python['cycles'][0]['edges'])"
finds "what only garbage holds is counted with it" pairs \
    "python['garbage_retained_bytes'] > python['garbage_bytes']"
record_as shared "$PYTHON" "$SCRIPTS/garbage_shared.py"
# The heap of a python3 that is not position independent has small addresses: a number somewhere may look like one.
finds "what two of the cycles hold together is counted with them" shared \
    "[cycle['count'] for cycle in python['cycles']] == [20]" "python['cycles'][0]['retained_bytes'] > 500000" \
    "python['cycles'][0]['retained_bytes'] == python['garbage_retained_bytes']"
finds "the collector's state is reported" pairs \
    "python['collector']['enabled'] is False" \
    "[g['threshold'] for g in python['collector']['generations']] == $("$PYTHON" -c 'import gc; print(list(gc.get_threshold()))')" \
    "python['collector']['generations'][0]['collections'] > 0"
finds "garbage of Python is no leak" pairs "process['leaks']['blocks'] == 0" "process['cycles'] == []"
"$LEAKGRAPH" report pairs >pairs.txt
fact "the report shows the cycle and what to make weak" \
    grep -q 'make weak (weakref): .*Node.peer' pairs.txt
fact "the report tells that the collector is off" grep -q 'the collector is off' pairs.txt

# has_verdict NAME STATUS OPTION...: the verdict on session NAME
has_verdict() {
    local name=$1 wanted=$2
    shift 2
    gate "$@" "$name"
    cat err
    cp out "$name.gate"
    [ $status = "$wanted" ]
}
headline() { # FILE TEXT: in its first line
    head -1 "$1" | grep -qE "$2"
}
fact "garbage that no collector finds is in the headline" \
    headline pairs.txt '^7 cycles of Python garbage \(28 objects, .*\) with the collector off in '
fact "and fails the gate" has_verdict pairs 1
fact "--max-python-leaks allows it" has_verdict pairs 0 --max-python-leaks 14
sed 's/^gc.disable()/gc.set_threshold(100000)/' "$SCRIPTS/garbage_pairs.py" >waiting.py
record_as waiting "$PYTHON" waiting.py
"$LEAKGRAPH" report waiting >waiting.txt
fact "garbage that waits for the collector is in the headline, and no leak" \
    headline waiting.txt '^no leaks in .*; 7 cycles of Python garbage \(28 objects, .*\) wait for the collector$'
fact "and passes the gate" has_verdict waiting 0
fact "unless --max-python-garbage says otherwise" has_verdict waiting 1 --max-python-garbage 6

for how in malloc off; do
    limited 60 "$LEAKGRAPH" record --python-objects=$how -o objects_$how -- "$PYTHON" "$SCRIPTS/garbage_pairs.py"
    "$LEAKGRAPH" export -o objects_$how.json objects_$how
done
finds "--python-objects=malloc: the same garbage" objects_malloc "python['garbage_objects'] == 28"
finds "--python-objects=off: no objects, but frames" objects_off "not python['checked']" \
    "'--python-objects=off' in python['unchecked_why']" \
    "any(f['language'] == 'python' for s in process['sites'] for f in s['stack'])"

PYTHONMALLOC=debug record_as debug "$PYTHON" "$SCRIPTS/garbage_pairs.py"
record_as dev "$PYTHON" -X dev "$SCRIPTS/garbage_pairs.py"
for name in debug dev; do
    finds "debug allocators ($name): the same garbage, and no leak" $name "python['garbage_objects'] == 28" \
        "not python['leaks']" "process['leaks']['blocks'] == 0"
done

sed 's/^one = other = None/import os; one = other = None; os._exit(4)/' "$SCRIPTS/garbage_pairs.py" >exit.py
record_as exit "$PYTHON" exit.py
finds "os._exit: garbage is found too" exit "python['garbage_cycles'] == 7" "process['status'] == 4"
sed 's/^one = other = None/import os; one = other = None; os.kill(os.getpid(), 15)/' \
    "$SCRIPTS/garbage_pairs.py" >signal.py
record_as signal "$PYTHON" signal.py
finds "a signal: garbage is found too" signal "python['garbage_cycles'] == 7" "process['ended'] == 'signal'"
sed 's/^one = other = None/one = other = None; raise SystemExit(5)/' "$SCRIPTS/garbage_pairs.py" >raise.py
record_as raise "$PYTHON" raise.py
finds "sys.exit: garbage is found too" raise "python['garbage_cycles'] == 7" "process['status'] == 5"
echo 'import gc; gc.collect()' | cat "$SCRIPTS/garbage_pairs.py" - >none.py
record_as none "$PYTHON" none.py
finds "what was collected is no garbage" none "python['garbage_objects'] == 0" "not python['cycles']"

record_as elsewhere "$PYTHON" "$SCRIPTS/lists_elsewhere.py"
finds "lists of the collector that are not where they should be: nothing is said of garbage" elsewhere \
    "not python['checked']" "'lists are not where' in python['unchecked_why']"
"$LEAKGRAPH" report elsewhere >elsewhere.txt
fact "but that it was not checked" headline elsewhere.txt "^no verdict: .*: Python's garbage was not checked: "
fact "which is no verdict" has_verdict elsewhere 3
fact "unless nobody asks for Python's objects" has_verdict elsewhere 0 --max-leaked-bytes 0

record_as many "$PYTHON" "$SCRIPTS/many_cycles.py"
finds "100,000 cycles are one group" many "python['garbage_cycles'] == 100000" \
    "[cycle['count'] for cycle in python['cycles']] == [100000]" "python['garbage_objects'] == 200000"
TIMEFORMAT='%U %S'
{ time "$LEAKGRAPH" report many >many.txt; } 2>many.time
fact "100,000 cycles are found in less than a second of work" \
    awk '{ print; exit !($1 + $2 < 1) }' many.time

record_as ordinary "$PYTHON" "$SCRIPTS/ordinary.py"
finds "an ordinary script: no leak, no reference too many, no advice" ordinary \
    "process['leaks']['blocks'] == 0" "not python['leaks']" "not process['advice']" \
    "python['checked'] and python['objects'] > 10000"

if "$PYTHON" -c 'import numpy' 2>/dev/null; then
    record_as numpy "$PYTHON" "$SCRIPTS/numpy_arrays.py"
    finds "constants that numpy makes while it is imported are no leaks" numpy \
        "process['leaks']['blocks'] == 0" "not python['leaks']" "python['constant_objects'] > 0"
else
    skip "constants of numpy" "no numpy for $PYTHON"
fi

record_as wasteful "$PYTHON" "$SCRIPTS/wasteful.py"
for kind in string churn array weakref; do
    line=$(grep -n "# $kind\$" "$SCRIPTS/wasteful.py" | cut -d: -f1)
    finds "advice with the line: $kind" wasteful \
        "[a['stack'][0]['line'] for a in process['advice'] if a['kind'] == '$kind'] == [$line]"
done
finds "advice: the collector is off with garbage waiting" wasteful \
    "python['garbage_objects'] >= 2000 and python['garbage_cycles'] >= 1000" \
    "any(a['kind'] == 'gc-disabled' and f'{python[\"garbage_objects\"]} objects in {python[\"garbage_cycles\"]} cycles' in a['text'] for a in process['advice'])"
finds "advice: a global that only grows" wasteful \
    "any(a['kind'] == 'grows' and 'global log' in a['text'] for a in process['advice'])"
finds "no other advice" wasteful "[a['text'] for a in process['advice']][6:] == []" "len(process['advice']) == 6"

record_as children "$PYTHON" "$SCRIPTS/children.py"
"$PYTHON" - >children.found <<'END'
import json

with open("children.json") as file:
    processes = json.load(file)["processes"]
replaced = [one for one in processes if one["ended"] == "exec" and one["totals"]["inherited_blocks"]]
forked = [one for one in processes if one["ended"] != "exec" and one["totals"]["inherited_blocks"]]
graphs = [graph for one in replaced for graph in one["snapshots"]]
print(len(replaced), all(graph["blocks"] < 1000 and graph["recording_bytes"] < 100000 for graph in graphs),
      sum(one["leaks"]["blocks"] for one in replaced), [one["python"]["garbage_cycles"] for one in forked])
END
fact "a child that only executes another program does not write what it was born with" \
    grep -q '^3 True 0 ' children.found
fact "one that runs on has its garbage found" grep -q ' \[1\]$' children.found
record_as brain "$PYTHON" "$SCRIPTS/nodes/brain.py"
finds "what grows has the name of its attribute" brain \
    "[a['stack'][0]['function'] for a in process['advice'] if a['text'].startswith('Brain.history, a list, only')] == ['Brain.hear']"
finds "advice leads to the user's file, not into a library that calls it" brain \
    "process['advice'] and all(a['kind'] == 'grows' for a in process['advice'])" \
    "all(a['stack'][0]['file'].endswith('/brain.py') for a in process['advice'])"
mkdir -p ws/lib/my_robot ws/lib/python3/site-packages/my_robot
cp -r "$SCRIPTS/nodes/site-packages" ws/lib/my_robot/
cp "$SCRIPTS/nodes/brain.py" ws/lib/python3/site-packages/my_robot/brain.py
printf 'import sys\nsys.path[:0] = ["ws/lib/python3/site-packages", "ws/lib/my_robot/site-packages"]\nimport my_robot.brain\n' \
    >ws/lib/my_robot/brain
record_as installed "$PYTHON" "$WORK/ws/lib/my_robot/brain"
finds "a node's own package is the user's, though it is installed" installed \
    "any(a['text'].startswith('Brain.history') for a in process['advice'])"

"$LEAKGRAPH" types wasteful >types.txt
fact "types: classes of Python by name, with their number" grep -qE '^ +2,000 .*Node' types.txt
fact "types: the block of a list's items is a list buffer" grep -qE ' list buffer$' types.txt

record_as deep "$PYTHON" "$SCRIPTS/deep.py"
"$LEAKGRAPH" types --format json deep >deep_types.json
"$PYTHON" "$SCRIPTS/deep.py" say >deep.said
fact "deep sizes are what sys.getsizeof adds up to, and what keeps the attributes" "$PYTHON" -c "
import json
said = int(open('deep.said').read())
types = json.load(open('deep_types.json'))['processes'][0]['types']
deep = next(t['deep_bytes'] for t in types if t['type'] == '__main__.Tree')
print(said, deep)
assert said <= deep < said * 1.05"
"$LEAKGRAPH" types deep >deep.txt
fact "and have a column of their own" grep -qE 'retained +deep +type' deep.txt

record_as held "$PYTHON" "$SCRIPTS/held.py"
# held_by CLASS STEP...: the way to the object of that class, from its holder on
held_by() {
    local class=$1
    shift
    "$LEAKGRAPH" graph --path-from-root "$class" --format json held >path.json &&
        "$PYTHON" "$SCRIPTS/expect_path.py" path.json "$@"
}
readonly MODULE="__dict__ ['__main__']"
# shellcheck disable=SC2086
{
    fact "a key of a module's dict" held_by InDict "['camera']" "['registry']" $MODULE
    fact "a slot" held_by InSlot part "['slotted']" "['registry']" $MODULE
    fact "an attribute" held_by InAttribute part "['plain']" "['registry']" $MODULE
    fact "an index in a tuple in a list" held_by InTuple "[1]" "[0]" "['pairs']" $MODULE
    fact "a cell" held_by InCell cell_contents "[0]" __closure__ "['closure']" "['registry']" $MODULE
    fact "a local variable of a generator that waits" \
        held_by InGenerator "local variable inner" "['waiting']" "['registry']" $MODULE
}
fact "a local variable of a function that runs is a root" held_by InLocal "local variable argument in end"
"$LEAKGRAPH" graph --backrefs InDict --max-depth 9 --format json held >back.json
fact "who refers to it: down to the module and no further" "$PYTHON" -c "
import json
nodes = json.load(open('back.json'))['processes'][0]['nodes']
assert sum(node['name'] == 'module' for node in nodes) == 1, nodes
assert len(nodes) < 12, nodes"

"$PYTHON" "$SCRIPTS/visible.py" >plain.out 2>plain.err
echo $? >plain.status
record_as visible "$PYTHON" "$SCRIPTS/visible.py"
fact "modules, collector, threads, signals: a program sees no difference" diff plain.out visible.out
fact "standard error and status are the program's" \
    sh -c 'diff plain.err visible.err && diff plain.status visible.status'

if "$PYTHON" -c 'import sysconfig, os; exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'; then
    include=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_path("include"))')
    gcc -O1 -g -shared -fPIC "-I$include" -o lossy.so "$SCRIPTS/lossy.c"
    PYTHONPATH=$WORK record_as lossy "$PYTHON" "$SCRIPTS/lossy_calls.py"
    finds "objects that an extension forgot: nothing points to them" lossy "lost('bytes', 4, 4, 0)"
    finds "lists too, though Python uses their memory again" lossy "lost('list', 3, 3, 0)"
    finds "a reference too many to an object that is held" lossy "lost('__main__.Held', 1, 2, 1)"
    finds "nothing else has a reference too many" lossy "len(python['leaks']) == 3"
    "$LEAKGRAPH" report lossy >lossy.txt
    fact "objects with a reference too many are in the headline" \
        headline lossy.txt '; 8 Python objects with a reference too many, .* in '
    fact "and fail the gate" has_verdict lossy 1 --max-python-leaks 7
    finds "native memory lost by an extension is a leak" lossy \
        "process['leaks']['blocks'] == 10" "process['leaks']['direct']['bytes'] == 770"
    finds "garbage through an extension, with the native memory that it holds" lossy \
        "python['garbage_cycles'] == 6" "python['garbage_objects'] == 12" \
        "python['garbage_retained_bytes'] > 5 * 5000" \
        "types == {'lossy.Buffer': 6, 'list': 6}"
else
    skip "an extension that loses objects" "python3-dev is not installed"
fi

finish
