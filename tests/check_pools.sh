#!/bin/bash
# SPDX-License-Identifier: MIT
# Allocators on top of malloc of libraries that may not be here: GLib's slices are switched off, and only there;
# boost's pools are named. Those that every system has are in tests/programs/lost_inside_pools.cpp.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
SOURCES=$ROOT/tests/pools

cat >slices.py <<'PYTHON'
"""slices.py REPORT OFF LEAKED-IN POOLS: every process says whether its slices are off, how much the last one lost
through `show`, and which pools it has."""
import json, sys
processes = json.load(open(sys.argv[1]))["processes"]
process = processes[-1]
lost = sum(leak["blocks"] for leak in process["leaks"]["sites"]
           if any(frame["function"] == "show" for frame in leak["stack"]))
pools = sorted({pool["name"] for pool in process["pools"]})
found = [str({one["glib_slices_off"] for one in processes}), str(lost), ",".join(pools)]
print(found)
sys.exit(found != [f"{{{sys.argv[2]}}}", sys.argv[3], sys.argv[4]])
PYTHON
# slices OFF LOST POOLS COMMAND...
slices() {
    local expected=("$1" "$2" "$3")
    shift 3
    rm -rf session
    limited 60 "$LEAKGRAPH" record -o session -- "$@" >out 2>err && "$LEAKGRAPH" export --format json session >json &&
        python3 slices.py json "${expected[@]}"
}
# the variable in the program's environment, in its child's, and what its own getenv says
sees_nothing() {
    "$LEAKGRAPH" record -o session -- ./slices environment >out 2>err && [ "$(sort -u out)" = "no G_SLICE" ]
}
said_once() {
    [ "$("$LEAKGRAPH" report session | grep -c 'GLib used malloc in place of its slices')" = 1 ]
}

flags=$(pkg-config --cflags --libs gobject-2.0 2>/dev/null)
if [ -z "$flags" ] || ! build slices "$SOURCES/slices.c" -O1 $flags -ldl; then
    skip "GLib's slices" "GLib's headers are not installed"
elif pkg-config --atleast-version=2.76 glib-2.0; then
    fact "GLib without slices: objects and list nodes are seen, and nothing is said" slices False 100 "" ./slices
else
    fact "objects and list nodes of slices are seen" slices True 100 "" ./slices
    fact "that GLib used malloc is said once" said_once
    fact "the variable is in no environment, and the program's own getenv does not know it" sees_nothing
    fact "a GLib that is loaded later is told as well" slices True 100 "" ./slices loaded
    fact "a forked child says so, too" slices True 100 "" ./slices forked
    fact "what the user sets counts, and slabs are named as pools" slices False 0 GSlice env G_SLICE= ./slices
    fact "G_SLICE=always-malloc of the user needs nothing said" slices False 100 "" env G_SLICE=always-malloc ./slices
fi

boost_is_named() {
    "$LEAKGRAPH" record -o session -- ./boost_pools && "$LEAKGRAPH" export --format json session >json &&
        python3 -c 'import json
pools = json.load(open("json"))["processes"][0]["pools"]
taken = [pool["name"] for pool in pools if any(frame["function"] == "take" for frame in pool["stack"])]
assert taken == ["boost::pool"] * 3 and len(pools) == 3, [(pool["name"], pool["bytes"]) for pool in pools]'
}
for level in 0 2; do
    if build boost_pools "$SOURCES/boost_pools.cpp" -O$level 2>/dev/null; then
        fact "boost's pools are named, what their objects allocate is not, -O$level" boost_is_named
    else
        skip "boost's pools, -O$level" "boost is not installed"
    fi
done
finish
