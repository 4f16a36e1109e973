#!/bin/bash
# SPDX-License-Identifier: MIT
# A recording's size follows the sites, not the run time, and a report of it is quick.
. "$(dirname "$0")/lib.sh"
readonly LIMIT_BYTES=$((4 * 1000 * 1000))

# The timeline beside a recording follows the run time until it has its 512 intervals.
recording_bytes() { # SESSION [NAME-PATTERN]: of all files in it
    find "$1" -type f -name "${2:-*}" -exec stat -c %s {} + | awk '{ sum += $1 } END { print sum + 0 }'
}

# best_of_three COMMAND...: milliseconds
best_of_three() {
    local best=999999 start took
    for _ in 1 2 3; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>"$WORK/err" || return 1
        took=$((($(date +%s%N) - start) / 1000000))
        [ $took -ge $best ] || best=$took
    done
    echo $best
}

cp "$PROGRAMS/O2/fifty_sites" "$WORK/fifty_sites"
strip -s -o "$WORK/stripped" "$WORK/fifty_sites"
limited 120 "$LEAKGRAPH" record -o "$WORK/million" -- "$WORK/fifty_sites" 1000000
limited 120 "$LEAKGRAPH" record -o "$WORK/ten_million" -- "$WORK/fifty_sites" 10000000
fact "10 million allocations are recorded" test $? = 0
limited 120 "$LEAKGRAPH" record -o "$WORK/without_symbols" -- "$WORK/stripped" 10000000

small=$(recording_bytes "$WORK/million") large=$(recording_bytes "$WORK/ten_million")
fact "10 million allocations from 50 sites take less than 4 MB ($large bytes)" \
    test "$large" -gt 0 -a "$large" -lt $LIMIT_BYTES
small=$(recording_bytes "$WORK/million" '*.lgr') large=$(recording_bytes "$WORK/ten_million" '*.lgr')
fact "ten times the allocations take no more space ($small, $large bytes)" \
    test "$large" -le $((small + small / 10 + 4096))

"$LEAKGRAPH" export --format json -o "$WORK/report.json" "$WORK/ten_million"
fact "all of them are counted" python3 -c '
import json, sys
totals = json.load(open(sys.argv[1]))["processes"][0]["totals"]
print(totals)
sys.exit(not 10000000 <= totals["allocations"] <= 10000010 or totals["dropped"])' "$WORK/report.json"

"${CC:-gcc}" -O0 -g -Wall -Wextra -pthread -o "$WORK/many_sites" "$ROOT/tests/counters/many_sites.c" || exit 1
limited 120 "$LEAKGRAPH" record -o "$WORK/robot" -- "$WORK/many_sites"
size=$(recording_bytes "$WORK/robot")
fact "5,000 sites in 10 threads take less than 15 MB ($size bytes)" test "$size" -gt 0 -a "$size" -lt $((15 * 1000 * 1000))
"$LEAKGRAPH" export --format json -o "$WORK/robot.json" "$WORK/robot"
fact "all of these sites are told apart, in all threads" python3 -c '
import json, sys
process = json.load(open(sys.argv[1]))["processes"][0]
full = [site for site in process["sites"] if site["allocations"] == 10 * 3]
print(len(full), process["totals"])
sys.exit(len(full) != 5000 or process["totals"]["dropped"])' "$WORK/robot.json"

# Sanitizers cost more than the limits leave.
case $BUILD in
*asan*) skip "reports are quick" "this build has sanitizers" ;;
*)
    took=$(best_of_three "$LEAKGRAPH" report "$WORK/ten_million")
    fact "the report takes less than 2 s with debug info to read (${took:-?} ms)" test "${took:-9999}" -lt 2000
    took=$(best_of_three "$LEAKGRAPH" report "$WORK/without_symbols")
    fact "the report takes less than 0.2 s without symbols (${took:-?} ms)" test "${took:-9999}" -lt 200
    ;;
esac
finish
