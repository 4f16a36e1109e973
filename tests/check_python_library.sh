#!/bin/bash
# SPDX-License-Identifier: MIT
# Python's own tests of its library, under the preload: each ends as it does without. What takes seconds and
# tells no more than its neighbours is left out.
. "$(dirname "$0")/lib.sh"
PYTHON=/usr/bin/python3
MODULES="test_gc test_generators test_weakref test_threading test_ctypes test_multiprocessing_spawn"
cd "$WORK" || exit 1

if ! "$PYTHON" -c 'import test.test_gc, test.libregrtest' 2>/dev/null; then
    skip "Python's tests of its library" "libpython3.11-testsuite is not installed"
    finish
fi

# run_tests NAME COMMAND...: the tests, started by COMMAND, with a line "test result" for each in NAME.results
run_tests() {
    local name=$1
    shift
    mkdir "$name"
    # shellcheck disable=SC2086
    (cd "$name" && limited 240 "$@" "$PYTHON" -m test -q --junit-xml results.xml \
        -m 'test.test_[gtwc]*' -m 'ctypes.test.*' -m '*spawn.WithProcessesTestQueue.*' -m '*spawn.*.test_active_children' \
        -i '*_deepcopy' -i '*test_is_alive_after_fork' -i '*test_task_done' -i '*timeout*' $MODULES >out 2>&1)
    echo "status $?" >"$name.results"
    "$PYTHON" - "$name/results.xml" >>"$name.results" <<'PYTHON'
import sys
import xml.etree.ElementTree
for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
    print(case.get("name"), case.get("result"), *(child.tag for child in case if not child.tag.startswith("system-")))
PYTHON
}

# of NAME MODULE: the results of one module
of() {
    local tests=test.$2
    [ "$2" != test_ctypes ] || tests=ctypes.test
    grep -F "$tests." "$1.results"
}
ends_the_same() { # MODULE
    local count
    count=$(of recorded "$1" | wc -l)
    echo "$count results"
    diff <(of plain "$1") <(of recorded "$1") && [ "$count" -gt 5 ]
}

run_tests plain &
run_tests recorded "$LEAKGRAPH" record -o "$WORK/session" --
wait
for module in $MODULES; do
    fact "$module: the same results when it is recorded" ends_the_same "$module"
done
fact "the tests passed" grep -qx 'status 0' recorded.results
finish
