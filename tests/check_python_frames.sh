#!/bin/bash
# SPDX-License-Identifier: MIT
# Python frames and small objects: scripts of tests/python, each recorded and compared with what its
# docstring expects, or with tracemalloc. PYTHON is another interpreter to test with.
. "$(dirname "$0")/lib.sh"
scripts_of_python "Python frames"

expect_stacks() { # NAME [SCRIPT]
    python3 "$SCRIPTS/expect_stacks.py" "$SCRIPTS/${2:-$1}.py" "$1.json"
}
has_status() { # NAME STATUS
    [ "$(cat "$1.status")" = "$2" ]
}

for script in frames threads asyncio_tasks c_code processes; do
    record_as $script "$PYTHON" "$SCRIPTS/$script.py"
    fact "$script.py: every stack has its Python frames" expect_stacks $script
    fact "$script.py ends as it does" has_status $script 0
done
if "$PYTHON" -c 'import _xxsubinterpreters' 2>/dev/null; then
    record_as interpreters "$PYTHON" "$SCRIPTS/interpreters.py"
    fact "functions of a second interpreter are seen as its own" expect_stacks interpreters
else
    skip "interpreters.py" "no _xxsubinterpreters for $PYTHON"
fi
if "$PYTHON" -c 'import numpy' 2>/dev/null; then
    record_as numpy_arrays "$PYTHON" "$SCRIPTS/numpy_arrays.py"
    fact "the buffer of an array of numpy has its Python frames" expect_stacks numpy_arrays
else
    skip "numpy_arrays.py" "no numpy for $PYTHON"
fi
for allocator in malloc debug; do
    PYTHONMALLOC=$allocator record_as "with_$allocator" "$PYTHON" "$SCRIPTS/frames.py"
    fact "PYTHONMALLOC=$allocator: the same stacks" expect_stacks "with_$allocator" frames
done

# Lines against tracemalloc.
for script in attribution attribution_library; do
    "$PYTHON" "$SCRIPTS/$script.py" traced >said
    record_as $script "$PYTHON" "$SCRIPTS/$script.py"
    fact "$script.py: each line has what tracemalloc gives it" \
        python3 "$SCRIPTS/compare_lines.py" said $script.json
done

# Nothing of it can be seen.
mkdir there
look_around="cd there && exec '$PYTHON' '$SCRIPTS/state.py'"
sh -c "$look_around" >state.native
record_as state sh -c "$look_around"
fact "sys, gc, signals, environment and folders are the same when recorded" diff state.native state.out
fact "nothing is printed on standard error" test ! -s state.err
record_as failing "$PYTHON" -c 'import sys; print("out"); sys.exit("no map")'
fact "a failing script fails the same" has_status failing 1
fact "with its own words" test "$(cat failing.out failing.err)" = "out
no map"

# Python in another program, and what only looks like it.
embedding() {
    "${CC:-cc}" -std=gnu11 -O2 -o embedding "$SCRIPTS/embedding.c" && ./embedding
}
if embedding >/dev/null 2>&1; then
    record_as embedded ./embedding
    fact "an embedded Python, loaded where only its program finds it, has its frames" \
        grep -q '"function":"plan".*"function":"<module>".*"function":"main"' embedded.json
else
    skip "an embedded Python" "no libpython3.11.so.1.0"
fi
echo 'const char *Py_GetVersion(void); int main(void) { return !*Py_GetVersion(); }' >links_python.c
if gcc -o links_python links_python.c -l:libpython3.11.so.1.0 2>/dev/null && ./links_python; then
    record_as never_begins ./links_python
    "$LEAKGRAPH" report never_begins >never_begins.txt
    fact "of a Python that never begins nothing is said" \
        sh -c "grep -q '^no leaks in links_python' never_begins.txt && ! grep -q Python never_begins.txt"
else
    skip "a Python that never begins" "no libpython3.11.so.1.0"
fi
cat >one_cycle.py <<'END'
import gc
gc.disable()
class Node: pass
node = Node()
node.me = node
del node
END
if "${CC:-cc}" -std=gnu11 -O2 -fno-pic -no-pie -o own_types "$SCRIPTS/own_types.c" -l:libpython3.11.so.1.0 \
    2>/dev/null && readelf -rW own_types | grep -q COPY; then
    record_as copied_types ./own_types "$(cat one_cycle.py)"
    fact "a program with its own copies of Python's types is followed" \
        grep -q '"garbage_cycles": *1,' copied_types.json
else
    skip "copies of Python's types" "no libpython3.11.so.1.0, or no copy relocations"
fi
"${CC:-cc}" -std=gnu11 -O1 -rdynamic -o fake_python "$SCRIPTS/fake_python.c"
declined() { # VERSION WHY
    FAKE_PYTHON=$1 record_as fake ./fake_python
    "$LEAKGRAPH" report fake >fake.txt
    cat fake.txt
    has_status fake 0 && grep -qx "Python $1 is not followed: $2" fake.txt
}
# verdict STATUS SESSION [OPTION...]
verdict() {
    local wanted=$1
    shift
    gate "$@"
    cat out err
    [ "$status" = "$wanted" ]
}
export FAKE_LOCK=1
fact "a version that is not known is declined in one line" declined 3.16.0 "3.8 to 3.15 are known"
fact "there is no verdict on it then" verdict 3 fake
fact "for one reason" sh -c '[ "$(grep -c "^no verdict: .*3.16.0 is not followed (3.8 to 3.15 are known)" out)" = 1 ]'
fact "unless nobody asks for Python's objects" verdict 0 fake --max-leaked-bytes 0
FAKE_PYTHON=3.16.0 record not_wanted --python-objects=off -- ./fake_python
fact "or the user does not want them" verdict 0 not_wanted
FAKE_PYTHON=3.16.0 FAKE_IDLE=1 record_as idle ./fake_python
"$LEAKGRAPH" report idle >idle.txt
fact "of one that never begins nothing is said" sh -c "cat idle.txt; ! grep -q Python idle.txt"
fact "and its program is judged as any other" verdict 0 idle
fact "so is an older one" declined 3.7.17 "3.8 to 3.15 are known"
"${CC:-cc}" -std=gnu11 -O1 -rdynamic -D_PyRuntime=of_no_name -o old_python "$SCRIPTS/fake_python.c"
FAKE_PYTHON=2.7.18 record_as old ./old_python
fact "and of one without _PyRuntime, up to 3.6, there is no verdict" verdict 3 old
fact "so is one that does not say where its frames are" declined 3.14.2 "3.8 to 3.15 are known"
unset FAKE_LOCK
for version in 3.13.1 3.14.2 3.15.0 3.16.0; do
    fact "so is $version without the global lock" declined $version "it is built without the global lock"
done
fact "so is one whose frames are elsewhere" declined 3.11.9 "its frames are not where this version has them"
finish
