#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh ROBOT [ARG...]: says what became of a run, for a script that goes on with it.
: "${LEAKGRAPH:=leakgraph}"

"$LEAKGRAPH" record -o robot.data -- "$@" || exit

"$LEAKGRAPH" gate --markdown summary.md robot.data
case $? in
0) echo "no leaks" ;;
1) echo "leaks, see summary.md"; exit 1 ;;
*) echo "no verdict"; exit 1 ;;
esac
