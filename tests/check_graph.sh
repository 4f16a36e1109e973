#!/bin/bash
# SPDX-License-Identifier: MIT
# check_graph.sh [BUILD]
# The object graph: types, differences of snapshots, who holds what, as text, DOT, JSON and pictures.
. "$(dirname "$0")/lib.sh"

record_program() { # record_program LEVEL NAME: into the folder NAME-LEVEL
    record "$WORK/$2-$1" -- "$PROGRAMS/$1/$2"
}

# has FACT PATTERN COMMAND...: the output has a line that matches
has() {
    local name=$1 pattern=$2
    shift 2
    "$@" >"$WORK/out" 2>&1
    if grep -qE -- "$pattern" "$WORK/out"; then
        ok "$name"
    else
        not_ok "$name" "$WORK/out"
    fi
}

# edges VIEW... SESSION: the drawn pointers, one a line: "Scene -lead-> Actor"
cat >"$WORK/edges.py" <<'PYTHON'
import json, sys
for process in json.load(sys.stdin)["processes"]:
    nodes = process["nodes"]
    lines = {f"{nodes[e['from']]['name']} -{e['label'] or '+%d' % e['offset']}-> {nodes[e['to']]['name']}"
             for e in process["edges"]}
    print("\n".join(sorted(lines)))
PYTHON
edges() {
    "$LEAKGRAPH" graph --format json "$@" | /usr/bin/python3 "$WORK/edges.py"
}

same() { # same FACT EXPECTED COMMAND...
    local name=$1
    printf '%s\n' "$2" >"$WORK/expected"
    shift 2
    "$@" >"$WORK/out" 2>&1
    if diff "$WORK/expected" "$WORK/out" >"$WORK/differences"; then
        ok "$name"
    else
        not_ok "$name" "$WORK/differences"
    fi
}

for level in O0 O2; do
    record_program $level registry_between_snapshots
    record_program $level live_scene
    record_program $level roots_of_all_kinds
    record_program $level tls_of_library
    registry=$WORK/registry_between_snapshots-$level
    scene=$WORK/live_scene-$level
    roots=$WORK/roots_of_all_kinds-$level

    has "$level: a global variable's struct is named, and what it leads to" '400 +12.5 KiB .* struct item$' \
        "$LEAKGRAPH" types "$registry"
    has "$level: a buffer is called after its holder" '400 .* struct item.name buffer$' "$LEAKGRAPH" types "$registry"
    has "$level: one object retains all that it holds" '1 +520 B +22.4 KiB  struct registry$' \
        "$LEAKGRAPH" types "$registry"
    limited 60 "$LEAKGRAPH" record --clear-reused 0 -o "$WORK/stale-$level" -- \
        "$PROGRAMS/$level/one_stale_block_of_many" >/dev/null 2>&1
    has "$level: what one block of many never wrote renames none of them" '100 .* Payload$' \
        "$LEAKGRAPH" types "$WORK/stale-$level"
    has "$level: an earlier snapshot has less" '100 .* struct item$' "$LEAKGRAPH" types "$registry@1"
    has "$level: what grew between two snapshots" '400 +\+300 +12.5 KiB +\+9.4 KiB  struct item$' \
        "$LEAKGRAPH" diff "$registry@1" "$registry@2"
    has "$level: who made it" '\+600 .*  allocate \(registry_between_snapshots.c:[0-9]+\)$' \
        "$LEAKGRAPH" diff "$registry@1" "$registry@2"
    has "$level: what did not change is not listed" '^nothing changed$' "$LEAKGRAPH" diff "$registry@2" "$registry@2"
    has "$level: blocks born since a snapshot" '300 .* struct item$' "$LEAKGRAPH" types --since 1 "$registry@2"
    has "$level: the report tells who holds most, and the variable" 'held by global g_registry' \
        "$LEAKGRAPH" report --retained "$registry"

    same "$level: members of a class, through containers, and the global that holds it" \
        "Actor -partner-> Actor
Scene -lead-> Actor
global g_scene (live_scene.cpp:39) -+0-> Scene" edges --path-from-root Actor "$scene"
    has "$level: back references lead to the owner" '^Scene -lead-> Actor$' \
        edges --backrefs Actor --max-depth 2 "$scene"
    has "$level: back references lead to the root" '^global g_scene .*-> Scene$' \
        edges --backrefs Actor --max-depth 2 "$scene"
    has "$level: references lead through vectors and unique_ptr" '^Scene.root.children buffer -\[0\]-> Node$' \
        edges --refs Scene "$scene"
    has "$level: map nodes have their value" '^map<string, Node\*> node -second-> Node$' edges --refs Scene "$scene"
    has "$level: a live cycle is held by one pointer" '^Actor -partner-> Actor$' edges --live-cycles "$scene"
    has "$level: a stack is named with its function and variable" \
        '^main thread stack in load_map: grid -\+0-> Grid$' edges --path-from-root Grid "$roots"
    has "$level: a thread-local smart pointer is named" \
        '^thread "controller" TLS t_grid \(roots_of_all_kinds.cpp:29\) -\+0-> Grid$' \
        edges --path-from-root Grid "$roots"
    has "$level: a member of a global array is named" \
        '^global robots \(roots_of_all_kinds.cpp:30\) -\[2\].grid-> Grid$' edges --path-from-root Grid "$roots"
    same "$level: the thread-local variables of each thread" \
        'main thread TLS t_cache (roots_of_all_kinds.cpp:28) -+0-> Cache
thread "controller" TLS t_cache (roots_of_all_kinds.cpp:28) -+0-> Cache' edges --path-from-root Cache "$roots"
    same "$level: a local variable names what it points to" \
        'thread "controller" stack in Planner::run: goal -+0-> Goal' edges --path-from-root Goal "$roots"
    for key in 'main thread' 'thread "controller"'; do
        has "$level: pthread key of the $key" "held by $key pthread key 1\$" "$LEAKGRAPH" report --retained "$roots"
    done
    has "$level: only what a stack holds is counted as such" '3 +300 B +300 B  Grid, 1 by stack only$' \
        "$LEAKGRAPH" types "$roots"

    has "$level: storage that the loader allocates for a library's variables is named, and they are" \
        '^TLS of lib_tls.so -kept\[500\]-> TLS kept\[500\] buffer$' \
        edges --refs "TLS of lib_tls.so" "$WORK/tls_of_library-$level"

    has "$level: the biggest holder comes first" '^global g_scene .*-> Scene$' edges --dominators "$scene"
done

# another compiler: other debug info, frame pointers as the base of frames
if command -v clang++-14 >/dev/null; then
    clang++-14 -std=c++17 -D_GNU_SOURCE -g -O0 -mno-red-zone -pthread -I"$ROOT" -o "$WORK/by_clang" \
        "$ROOT/tests/programs/roots_of_all_kinds.cpp" 2>/dev/null
    record "$WORK/clang" -- "$WORK/by_clang"
    has "clang: a local variable" '^main thread stack in load_map: grid -\+0-> Grid$' \
        edges --path-from-root Grid "$WORK/clang"
    has "clang: a global with its place" '^global robots \(roots_of_all_kinds.cpp:30\) -' \
        edges --path-from-root Grid "$WORK/clang"
    has "clang: a thread-local variable with its place" '^main thread TLS t_cache \(roots_of_all_kinds.cpp:28\) -' \
        edges --path-from-root Cache "$WORK/clang"
else
    skip "clang's debug info" "not installed"
fi

# nobody was stopped: the kernel tells where a thread sleeps, and the rest stands on its stack
LEAKGRAPH_QUIET_SNAPSHOTS=1 record_program O2 roots_of_all_kinds
has "a quiet snapshot names the frames of a sleeping thread" \
    '^thread "controller" stack in Planner::run: goal -\+0-> Goal$' \
    edges --path-from-root Goal "$WORK/roots_of_all_kinds-O2"
has "a quiet snapshot knows the thread's own variables" \
    '^thread "controller" TLS t_cache .* -\+0-> Cache$' \
    edges --path-from-root Cache "$WORK/roots_of_all_kinds-O2"

# the drawing
scene=$WORK/live_scene-O2
"$LEAKGRAPH" graph --refs Scene --too-many 2 "$scene" >"$WORK/scene.dot"
fact "a stub tells how many were left out" grep -qE 'label="[0-9]+ more"' "$WORK/scene.dot"
fact "there is a legend" grep -q 'cluster_legend' "$WORK/scene.dot"
fact "pointers are named in DOT" grep -qE 'p0n[0-9]+ -> p0n[0-9]+ \[label="(lead|by_label|root.children)"\];' "$WORK/scene.dot"
address=$("$LEAKGRAPH" graph --refs Scene --format json "$scene" | grep -oE '0x[0-9a-f]+' | head -n 1)
has "an address names a block" 'Scene -lead-> Actor' edges --refs "$address" "$scene"
if command -v dot >/dev/null; then
    fact "Graphviz reads what is drawn" dot -Tsvg -o /dev/null "$WORK/scene.dot"
    has "SVG comes from Graphviz" '<svg' "$LEAKGRAPH" graph --refs Scene --format svg "$scene"
else
    skip "SVG comes from Graphviz" "Graphviz is not installed"
fi
has "a missing Graphviz is reported" 'not installed' env PATH=/nowhere "$LEAKGRAPH" graph --refs Scene --format svg "$scene"
has "an unknown type is reported" "no block has type 'Dragon'" "$LEAKGRAPH" graph --backrefs Dragon "$scene"
cat >"$WORK/cache.cpp" <<'C'
#include <memory>
#include <vector>
#include "leakgraph.h"
namespace nav { struct Tile { int x = 1; Tile(); }; Tile::Tile() {} }
static std::vector<std::shared_ptr<nav::Tile>> tiles;
int main() {
  for (int i = 0; i < 3; i++) tiles.push_back(std::make_shared<nav::Tile>());
  if (leakgraph_snapshot) leakgraph_snapshot("loaded");
  tiles.clear();
}
C
g++ -g -I "$ROOT/preload" -o "$WORK/cache" "$WORK/cache.cpp" && "$LEAKGRAPH" record -o "$WORK/cache.data" "$WORK/cache"
has "what was freed at the end is looked for in an earlier snapshot" 'in snapshot 2; SESSION@1 is the one before' \
    "$LEAKGRAPH" graph --backrefs nav::Tile "$WORK/cache.data"
has "a class goes without its namespace" ', 3 blocks named' "$LEAKGRAPH" graph --backrefs Tile "$WORK/cache.data@1"
has "two views at once are wrong" 'one of --cycles' "$LEAKGRAPH" graph --backrefs Node --refs Node "$scene"
has "diff needs two sessions" 'needs two sessions' "$LEAKGRAPH" diff "$scene"
has "types as JSON" '"format":"leakgraph-types"' "$LEAKGRAPH" types --format json "$scene"
has "the difference as JSON" '"blocks_delta":300' \
    "$LEAKGRAPH" diff --format json "$WORK/registry_between_snapshots-O2@1" "$WORK/registry_between_snapshots-O2@2"

# A dominator tree: one holder for each block, be it several together
cat >"$WORK/tree.c" <<'C'
#include <stdlib.h>
struct part { struct part *left, *right; };
struct part *one, *same, *first, *second;
static struct part *make(void) { return calloc(1, sizeof(struct part)); }
int main(void) {
    one = same = make();                                       /* two roots, one block */
    one->left = one->right = make();                           /* two members, one block */
    first = make(); second = make(); first->left = second->left = make(); /* held by both together */
    return 0;
}
C
${CC:-gcc} -g -O0 -o "$WORK/tree" "$WORK/tree.c" && record "$WORK/tree.data" -- "$WORK/tree"
"$LEAKGRAPH" graph --dominators --too-many 1000 --max-depth 100 --format json "$WORK/tree.data" >"$WORK/tree.json"
fact "in a dominator tree every block has one holder" /usr/bin/python3 - "$WORK/tree.json" <<'PYTHON'
import collections, json, sys
process, = json.load(open(sys.argv[1]))["processes"]
nodes, edges = process["nodes"], process["edges"]
holders = collections.Counter(edge["to"] for edge in edges)
parts = [i for i, node in enumerate(nodes) if node["kind"] == "block" and "make" in (node["place"] or "")]
assert len(parts) == 5, nodes
for i, node in enumerate(nodes):
    assert node["kind"] != "block" or holders[i] == 1, (node, [e for e in edges if e["to"] == i])
assert sum(nodes[edge["from"]]["name"] == "several together" and edge["to"] in parts for edge in edges) == 1, edges
PYTHON
finish
