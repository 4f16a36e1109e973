#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of tests/examples: each passes for a program that frees its memory and fails for one that
# does not.
. "$(dirname "$0")/lib.sh"
cp -r "$ROOT/tests/examples" "$WORK/examples"
cd "$WORK/examples" || exit 1
export LEAKGRAPH
unset MAKEFLAGS MFLAGS MAKELEVEL

# example NAME GOOD BAD: two commands, and what the second must say
example() {
    fact "$1: a program without leaks passes" limited 120 bash -c "$2"
    if limited 120 bash -c "$3" >out 2>&1; then
        not_ok "$1: a leak fails" out
    else
        fact "$1: a leak fails, and the place is named" grep -q 'plan (robot.c:12)' out
    fi
}

example Makefile 'make check' 'make check ARGUMENTS=--forget'
example "shell script" './check.sh ./robot' './check.sh ./robot --forget'
fact "shell script: the summary is for a pull request" grep -q '^### ' summary.md

if /usr/bin/python3 -c 'import pytest' 2>/dev/null; then
    example pytest '/usr/bin/python3 -m pytest -q -p no:cacheprovider test_robot.py' \
        'ROBOT_ARGUMENTS=--forget /usr/bin/python3 -m pytest -q -p no:cacheprovider test_robot.py'
else
    skip "pytest: a leak fails" "pytest is not installed"
fi
if command -v cmake >/dev/null; then
    configure="cmake -S . -B built -DLEAKGRAPH='$LEAKGRAPH'"
    test_it='cmake --build built && ctest --test-dir built --output-on-failure'
    example CTest "$configure && $test_it" "$configure -DROBOT_ARGUMENTS=--forget && $test_it"
else
    skip "CTest: a leak fails" "cmake is not installed"
fi
finish
