#!/bin/bash
# SPDX-License-Identifier: MIT
# leakgraph lines: the table of memory_profiler, of a Python script and of a C++ program.
. "$(dirname "$0")/lib.sh"
readonly SCRIPT=$ROOT/tests/python/memory_profile.py
cd "$WORK" || exit 1

# line NUMBER FILE: the line's row without its contents, blanks single
line() {
    awk -v number="$1" '$1 == number && NF > 8 { print $2, $3, $4, $5, $6, $7, $8, $9; exit }' "$2"
}
# is_line NUMBER "MEM MiB INCREMENT MiB [OCCURRENCES [PEAK MiB [TEMPORARY]]]"
is_line() {
    local found
    found=$(line "$1" lines)
    echo "line $1: $found"
    [[ "$found " = "$2 "* ]]
}
line_of() {
    grep -n -- "$1" "$SCRIPT" | head -n 1 | cut -d: -f1
}

if command -v /usr/bin/python3 >/dev/null; then
    "$LEAKGRAPH" record -o python -- /usr/bin/python3 "$SCRIPT" >output 2>&1
    fact "a Python script is recorded without a word" test ! -s output
    fact "lines of a session are shown" "$LEAKGRAPH" lines -o lines python
    fact "the header is memory_profiler's, with two columns more" grep -q \
        '^Line #    Mem usage    Increment  Occurrences         Peak  Temporary   Line Contents$' lines
    fact "the file is named above" grep -qx "Filename: $SCRIPT" lines
    "$LEAKGRAPH" lines -f my_func -o lines python
    fact "what is still held is the increment" \
        is_line "$(line_of 'a = bytearray')" "8.0 MiB 8.0 MiB 3 8.0 MiB 0"
    fact "what was held at the peak and is gone is no increment" \
        is_line "$(line_of 'b = bytearray')" "48.0 MiB 0.0 MiB 3 40.0 MiB 1"
    fact "only the function that was asked for is shown" \
        test "$(grep -c '^Function:' lines)" = 1
    fact "its head is shown" grep -q 'def my_func():$' lines
    "$LEAKGRAPH" lines -f build -o lines python
    fact "a line's figures include what it calls" \
        is_line "$(line_of 'maps.append')" "10.0 MiB 10.0 MiB"
    "$LEAKGRAPH" lines -f Map.__init__ -o lines python
    fact "a method is found by its class" \
        is_line "$(line_of 'self.cells')" "10.0 MiB 10.0 MiB 15 0.0 MiB 0"
    "$LEAKGRAPH" lines -f churn --precision 2 -o lines python
    fact "what is freed at once is temporary" grep -q ' 20   *bytearray(3 \* MIB)$' lines
    fact "the precision can be chosen" grep -q '0\.00 MiB' lines
    "$LEAKGRAPH" lines -o lines python memory_profile.py
    fact "a source is found by the end of its path" test "$(grep -c '^Function:' lines)" -ge 5
    cp "$SCRIPT" gone.py
    "$LEAKGRAPH" record -o gone -- /usr/bin/python3 gone.py
    mkdir elsewhere
    rm gone.py
    (cd elsewhere && "$LEAKGRAPH" lines -o ../lines ../gone gone.py)
    fact "a missing source is shown with the path that was tried" \
        grep -q "^Source not found: $WORK/gone.py: No such file or directory; no gone.py here, either$" lines
    fact "its lines have their figures all the same" \
        is_line "$(line_of 'kept.append(build')" "58.0 MiB 10.0 MiB"
    echo '# somewhere else' >elsewhere/gone.py
    (cd elsewhere && "$LEAKGRAPH" lines -o ../lines ../gone gone.py)
    fact "a file of its name in the working directory is taken instead" test "$(grep -c 'Source not found' lines)" = 0
else
    skip "lines of a Python script" "no /usr/bin/python3"
fi

"$LEAKGRAPH" record -o robot -- "$PROGRAMS/O2/robot_demo" >/dev/null
fact "lines of a C++ program are shown" "$LEAKGRAPH" lines --precision 3 -o lines robot
fact "a leak is an increment" is_line \
    "$(grep -n 'new CameraFrame' "$ROOT/tests/programs/robot_demo.cpp" | cut -d: -f1)" \
    "0.039 MiB 0.039 MiB 1000 0.039 MiB 990"

# Sources that moved, and that the debug info names by relative paths.
mkdir -p built/src/map && cat >built/src/map/cells.c <<'C'
#include <stdlib.h>
static inline void *cell(void) { return malloc(4 << 20); }
int main(void) {
    void *volatile kept = cell(); /* kept to the end */
    return kept == NULL;
}
C
(cd built && ${CC:-gcc} -g -O2 -o ../cells src/map/cells.c && ${CC:-gcc} -g -O2 -ffile-prefix-map="$WORK/built"=/robot -o ../mapped src/map/cells.c)
"$LEAKGRAPH" record -o cells.data ./cells && "$LEAKGRAPH" record -o mapped.data ./mapped
"$LEAKGRAPH" lines -o lines cells.data
fact "a relative name is looked for where it was compiled" grep -q 'cell(); /. kept' lines
fact "an inlined function has a line of its own" \
    is_line 2 "4.0 MiB 4.0 MiB 1 4.0 MiB 0"
mv built elsewhere/moved
"$LEAKGRAPH" lines -o lines cells.data
fact "a missing source tree is reported" grep -q "Source not found: $WORK/built/src/map/cells.c: No such file" lines
"$LEAKGRAPH" lines --source-dir "$WORK/elsewhere/moved" -o lines cells.data
fact "--source-dir finds it by the end of its path" grep -q 'cell(); /. kept' lines
"$LEAKGRAPH" lines --source-dir "$WORK/built=$WORK/elsewhere/moved" -o lines cells.data
fact "so does OLD=NEW" grep -q 'cell(); /. kept' lines
"$LEAKGRAPH" lines --source-dir "/robot=$WORK/elsewhere/moved" -o lines mapped.data
fact "a prefix of a reproducible build is mapped back" grep -q 'cell(); /. kept' lines
"$LEAKGRAPH" lines --source-dir /nowhere -o lines mapped.data
fact "places tried in vain are named" grep -q 'Source not found: /robot/src/map/cells.c: .*; not below /nowhere; no cells.c here, either$' lines

"$LEAKGRAPH" lines --all-columns --precision 3 -o lines robot
fact "all columns have allocated and leaked bytes, too" \
    grep -qE '0\.039 MiB +990 +3\.906 MiB +0\.039 MiB +.*new CameraFrame' lines
"$LEAKGRAPH" lines robot nothing.cpp >lines 2>&1
fact "a source that allocated nothing is an error" test $? = 2
fact "and is named" grep -q 'no line of nothing.cpp allocated' lines
"$LEAKGRAPH" lines -f nothing robot >lines 2>&1
fact "so is such a function" grep -q 'no function nothing with known source lines allocated anything' lines
"$LEAKGRAPH" lines missing/ >lines 2>&1
fact "a session that is not there is no verdict" test $? = 3
finish
