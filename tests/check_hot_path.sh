#!/bin/bash
# SPDX-License-Identifier: MIT
# What an event costs, part by part, in instructions: they do not depend on what else the machine does. The budget
# is the table in docs/hot-path.md, of the compiler that is named there.
. "$(dirname "$0")/lib.sh"
readonly DOCUMENT=$ROOT/docs/hot-path.md

why=
command -v valgrind >/dev/null || why="no valgrind"
compiler=$(readelf -p .comment "$SHIM" | grep -o -m1 'GCC: (.*' | sed 's/.*) //; s/\..*//')
grep -q "gcc $compiler\b" "$DOCUMENT" || why="another compiler, $compiler"
case $BUILD in *asan*) why="this build has sanitizers" ;; esac
if [ -n "$why" ]; then
    skip "every part of an event keeps its budget" "$why"
    finish
fi

"${CC:-gcc}" -O2 -g -Wall -Wextra -o "$WORK/pairs" "$ROOT/tests/hot_path/pairs.c" || exit 1
python3 "$ROOT/tests/hot_path/budget.py" "$SHIM" "$WORK/pairs" "$DOCUMENT" >"$WORK/parts" || exit 1
facts_failed=$(grep -c '^not ok' "$WORK/parts")
cat "$WORK/parts"
finish
