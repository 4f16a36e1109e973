#!/bin/bash
# SPDX-License-Identifier: MIT
# check_same_verdict.sh [BUILD [NAME...]]
# `leakgraph check` says the same of a program each time: its status, and how many blocks and bytes are lost.
# A sample in RUNS=3 runs; `make verdicts` does 20 of every named program.
. "$(dirname "$0")/lib.sh"
readonly RUNS=${RUNS:-3}
readonly SAMPLE="freed_table_lost_elements held_beyond_what_was_asked held_by_own_break held_by_registers_at_the_end
    kept_from_children protected_pages quick_exit_handler_leaks shared_ptr_cycle stacks_in_blocks
    stale_words_of_freed_blocks tagged_pointers vector_with_spare_capacity worker_threads"

verdict_once() { # "LEVEL NAME RUN": one line in the file of LEVEL-NAME
    local level name run status
    read -r level name run <<<"$1"
    local session=$WORK/$level-$name-$run
    limited 60 "$LEAKGRAPH" check -o "$session" -- "$PROGRAMS/$level/$name" >/dev/null 2>&1 </dev/null
    status=$?
    limited 60 "$LEAKGRAPH" export --format json "$session" 2>/dev/null |
        /usr/bin/python3 "$WORK/verdict.py" $status >>"$WORK/$level-$name.verdicts" 2>&1
    rm -rf "$session"
}
export -f verdict_once limited
export WORK LEAKGRAPH PROGRAMS

cat >"$WORK/verdict.py" <<'PYTHON'
import json, sys
print(sys.argv[1], *sorted(
    " ".join(f"{name} {leaks[name]['blocks']} {leaks[name]['bytes']}" for name in ("direct", "indirect", "cycle"))
    for leaks in (process["leaks"] for process in json.load(sys.stdin)["processes"])), sep=", ")
PYTHON
wanted=${*:2}
[ "$wanted" = all ] && wanted=$(programs O2)
for name in ${wanted:-$SAMPLE}; do
    for level in O0 O2; do
        for run in $(seq "$RUNS"); do
            echo "$level $name $run"
        done
    done
done | xargs -d '\n' -P 2 -I{} bash -c 'verdict_once "{}"'

for name in ${wanted:-$SAMPLE}; do
    cat "$WORK"/O?-"$name".verdicts | sort | uniq -c >"$WORK/different"
    if [ "$(wc -l <"$WORK/O0-$name.verdicts")" = "$RUNS" ] &&
        [ "$(sort -u "$WORK/O0-$name.verdicts" | wc -l)" = 1 ] &&
        [ "$(sort -u "$WORK/O2-$name.verdicts" | wc -l)" = 1 ]; then
        ok "check says the same of $name in $RUNS runs"
    else
        not_ok "check says the same of $name in $RUNS runs" "$WORK/different"
    fi
done
finish
