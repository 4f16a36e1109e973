#!/bin/bash
# SPDX-License-Identifier: MIT
# Node.js: V8 keeps its heap from forked children, and only that heap points to much of what it has from malloc.
. "$(dirname "$0")/lib.sh"

if ! command -v node >/dev/null; then
    skip "what a Node.js program holds is not lost" "node is not installed"
    finish
fi

works() { # works CODE: then the session is node.data
    limited 60 "$LEAKGRAPH" record --snapshot-every 200ms -o "$WORK/node.data" -- node -e "$1"
}

no_snapshot_has_leaks() {
    local number types
    for number in $(seq "$("$LEAKGRAPH" export --format json "$WORK/node.data" | grep -o '"reason":' | wc -l)"); do
        types=$("$LEAKGRAPH" types "$WORK/node.data@$number") || return 1
        ! grep leaked <<<"$types" || return 1
    done
    [ "$number" -ge 3 ]
}

fact "a Node.js program works as ever" \
    works 'let rounds = 0; const timer = setInterval(() => { Buffer.alloc(100); if (++rounds == 20) clearInterval(timer) }, 50)'
fact "what it holds is not lost, at its end" "$LEAKGRAPH" gate "$WORK/node.data"
fact "nor in any snapshot while it runs" no_snapshot_has_leaks
finish
