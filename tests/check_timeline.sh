#!/bin/bash
# SPDX-License-Identifier: MIT
# What `record` sees from outside while a program runs.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1
${CC:-gcc} -g -O1 -o grows "$ROOT/tests/timeline/grows.c" || exit 1

limited 60 "$LEAKGRAPH" record -o run ./grows
fact "status is the program's" test $? = 0
fact "a timeline lies beside the recording" sh -c 'ls run/*.timeline'
"$LEAKGRAPH" report -o report run
fact "report draws heap and resident memory" sh -c 'grep -q "heap .*▁.*█.*up to" report && grep -q "resident .*up to" report'
fact "report says that it keeps growing" grep -q "keeps growing by .* since 1" report
fact "and where" grep -qE "(a second|a minute) +keep_a_bit \(grows.c:" report
fact "what comes and goes does not grow" sh -c '! grep -qE "(a second|a minute) +work " report'
fact "samples are about 100 ms apart" python3 -c '
import glob
times = [int(line.split()[1]) for line in open(glob.glob("run/*.timeline")[0]) if line.startswith("heap")]
assert 25 <= len(times) <= 60, len(times)
assert times == sorted(times)'
fact "intervals add up to the totals" python3 -c '
import glob
kept = 0
for line in open(glob.glob("run/*.timeline")[0]):
    words = line.split()
    if words[0] == "site" and int(words[3]) == 5008 * int(words[2]):
        kept += int(words[2]) - int(words[4])
assert kept == 800, kept'

limited 60 "$LEAKGRAPH" record -o none --timeline-every 0 sleep 0.3
fact "--timeline-every 0 makes none" sh -c '! ls none/*.timeline'
limited 60 "$LEAKGRAPH" record -o quick true
fact "a short run has none" sh -c '! ls quick/*.timeline'
limited 60 "$LEAKGRAPH" record -o run sleep 0.3 2>err
fact "a session with timelines is kept as .old" sh -c 'ls run.old/*.timeline && test ! -s err'
"$LEAKGRAPH" record --timeline-every 5x true 2>err
fact "a wrong time is wrong use" test $? = 2
fact "and named" grep -q "'5x' is not a time" err

# Processes of several records in one session are each watched by the one that started them.
limited 60 "$LEAKGRAPH" record -o both sh -c "'$LEAKGRAPH' record -o '$WORK/both' -- sleep 0.5 & sleep 0.6; wait"
fact "each process of a joined session has one timeline" python3 -c '
import glob
long = [path for path in glob.glob("both/*.timeline")]
assert len(long) >= 3, long
for path in long:
    assert open(path).read().endswith("end\n"), path'

sed -i '2s/.*/heap x/' run.old/*.timeline
"$LEAKGRAPH" report -o report run.old
fact "a damaged timeline costs only itself" test $? = 0
fact "and is named with its line" grep -qE "No timeline: .*\.timeline:2: not the numbers" report
"$LEAKGRAPH" gate run.old >out 2>&1
fact "the verdict stands without it" test $? = 0
finish
