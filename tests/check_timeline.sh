#!/bin/bash
# SPDX-License-Identifier: MIT
# What `record` sees from outside while a program runs.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1
build grows "$ROOT/tests/timeline/grows.c" -O1 || exit 1

limited 60 "$LEAKGRAPH" record -o run ./grows
fact "status is the program's" test $? = 0
fact "a timeline lies beside the recording" sh -c 'ls run/*.timeline'
"$LEAKGRAPH" report -o report run
fact "report draws heap and resident memory" sh -c 'grep -q "heap .*▁.*█.*up to" report && grep -q "resident .*up to" report'
fact "report says that it keeps growing" grep -q "keeps growing by .* since" report
fact "before all that it allocated" sh -c 'test "$(grep -n "keeps growing" report | cut -d: -f1)" -le 6'
fact "and where" grep -qE "(a second|a minute) +keep_a_bit \(grows.c:" report
fact "what comes and goes does not grow" sh -c '! grep -qE "(a second|a minute) +work " report'
fact "samples are about 100 ms apart" python3 -c '
import glob, gzip
times = [int(line.split()[1]) for line in gzip.open(glob.glob("run/*.timeline")[0], "rt") if line.startswith("heap")]
assert times == sorted(times) and len(times) >= 25, times
gaps = sorted(later - one for one, later in zip(times, times[1:]))
assert 80e6 <= gaps[len(gaps) // 2] <= 300e6, gaps'
fact "intervals add up to the totals" python3 -c '
import glob, gzip
kept = 0
for line in gzip.open(glob.glob("run/*.timeline")[0], "rt"):
    words = line.split()
    if words[0] == "site" and int(words[3]) == 5008 * int(words[2]):
        kept += int(words[2]) - int(words[4])
assert kept == 800, kept'

# Three seconds are enough to name the place.
cat >short.c <<'SOURCE'
#include <stdlib.h>
#include <unistd.h>
void *kept;
__attribute__((noinline)) void keep(void) { void **bit = malloc(1000); *bit = kept; kept = bit; }
int main(void) { for (int i = 0; i < 600; i++) { keep(); usleep(5000); } return 0; }
SOURCE
${CC:-gcc} -g -O1 -o short short.c && limited 60 "$LEAKGRAPH" record -o short.data ./short
"$LEAKGRAPH" report -o report short.data
fact "a run of three seconds names the place that grows" grep -qE "(a second|a minute) +keep \(short.c:4\)" report

limited 60 "$LEAKGRAPH" record -o gives_back ./grows back
"$LEAKGRAPH" report -o report gives_back
fact "a heap that comes and goes does not keep growing" sh -c '! grep -q "keeps growing by" report'
fact "but a place under it does, though all is given back at the end" \
    sh -c 'grep -q "Places that keep growing since" report && grep -qE "(a second|a minute) +keep_a_bit \(grows.c:" report'

ran_ms=$(zcat run/*.timeline | awk '$1 == "heap" { last = $2 } END { print int(last / 1000000) }')
"$LEAKGRAPH" flame --between $((ran_ms / 4))ms $((ran_ms * 3 / 4))ms run >window.folded
fact "a window has what was done in it" python3 -c '
lines = dict(line.rsplit(" ", 1) for line in open("window.folded"))
assert len(lines) == 1, lines
(stack, bytes), = lines.items()
assert stack.endswith("main;keep_a_bit") and 200 * 5008 < int(bytes) < 600 * 5008, lines'
for wrong in "--between 3s 1s run" "--between 1s run" "--between 1s 2s --cost leaked run" "--between 1s 2s run run"; do
    # shellcheck disable=SC2086
    "$LEAKGRAPH" flame $wrong >/dev/null 2>err
    fact "flame $wrong is wrong use" test $? = 2
done
"$LEAKGRAPH" flame --between 1h 2h run >/dev/null 2>err
fact "a window outside of the run is told what the timeline has" grep -qE "its timeline is from .* to [1-9]" err
"$LEAKGRAPH" flame run --between $((ran_ms / 4))ms $((ran_ms * 3 / 4))ms >window.last
fact "the session may come before the window" cmp window.folded window.last

"$LEAKGRAPH" export --format massif -o massif.out run
"$LEAKGRAPH" export -o run.json run
if command -v ms_print >/dev/null; then
    ms_print massif.out >printed 2>&1
    fact "ms_print reads it" test $? = 0
    peak=$(python3 -c 'import json; print(format(json.load(open("run.json"))["processes"][0]["totals"]["peak_bytes"], ","))')
    fact "ms_print shows the peak" sh -c "grep '(peak)' printed && grep -q ' $peak ' printed"
    fact "ms_print shows who holds it" grep -qE -- '->[0-9.]+% \([0-9,]+B\) 0x[0-9A-F]+: keep_a_bit \(grows.c:' printed
else
    skip "ms_print reads it" "no ms_print"
fi

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
if [ "$(basename "$BUILD")" = asan ]; then
    skip "each process of a joined session has one timeline" "the sanitizer does not stand a preload"
else
    # They live long enough to be sampled; a timeline is written when its process has ended.
    limited 60 "$LEAKGRAPH" record -o both --timeline-every 20ms \
        sh -c "'$LEAKGRAPH' record -o '$WORK/both' --timeline-every 20ms -- sleep 0.5 & sleep 0.6; wait"
    fact "each process of a joined session has one timeline" python3 -c '
import glob, gzip
long = [path for path in glob.glob("both/*.timeline")]
assert len(long) >= 3, long
for path in long:
    assert gzip.open(path, "rt").read().endswith("end\n"), path'
fi

timeline=$(echo run.old/*.timeline)
zcat <"$timeline" | sed '2s/.*/heap x/' >plain && mv plain "$timeline"
"$LEAKGRAPH" report -o report run.old
fact "a damaged timeline costs only itself" test $? = 0
fact "and is named with its line" grep -qE "No timeline: .*\.timeline:2: unexpected numbers" report
printf '\037\213\010damaged' >"$timeline"
"$LEAKGRAPH" report -o report run.old
fact "so is one that cannot be unpacked" grep -qE "No timeline: .*\.timeline: damaged" report
"$LEAKGRAPH" gate run.old >out 2>&1
fact "the verdict stands without it" test $? = 0

# Two threads keep what they allocated to themselves while a third tells that it was freed.
build below "$ROOT/tests/timeline/below.c" -O1 || exit 1
limited 60 "$LEAKGRAPH" record -o below.data --snapshot-at-bytes 1G ./below 2>below.err
fact "a heap that goes below zero in between is none" python3 -c '
import glob, gzip
heap = [int(line.split()[2]) for line in gzip.open(glob.glob("below.data/*.timeline")[0], "rt") if line.startswith("heap")]
assert max(heap) < 1 << 20, heap'
"$LEAKGRAPH" export -o below.json below.data
fact "and crosses no mark for a snapshot" python3 -c '
import json
assert [s["reason"] for s in json.load(open("below.json"))["processes"][0]["snapshots"]] == ["exit"]'
fact "the places at the peak add up to it" python3 -c '
import json
p = json.load(open("below.json"))["processes"][0]
assert sum(s["peak_bytes"] for s in p["sites"]) <= p["totals"]["peak_bytes"], p["totals"]'
finish
