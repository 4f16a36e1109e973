#!/bin/bash
# SPDX-License-Identifier: MIT
# What commands write: the ending of a file's name chooses the format, and tables add up to their totals.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1
record demo -- "$PROGRAMS/O0/robot_demo"

# writes FILE PATTERN COMMAND...: into FILE, whose first bytes match
writes() {
    local file=$1 pattern=$2
    shift 2
    run "$LEAKGRAPH" "$@" -o "$file" demo
    [ "${file%.pb.gz}" = "$file" ] || { gzip -dc "$file" >unpacked && echo packed >"$file"; }
    fact "$1 writes $file by its name" sh -c "test $status = 0 && head -c 4000 '$file' | tr -d '\n' | grep -qaE '$pattern'"
}
writes page.html '^<!DOCTYPE html>' export
writes all.json '^\{"format":"leakgraph-report"' export
writes places.csv '^process,pid,function,file,line,' export
writes found.sarif '"version": ?"2.1.0"' export
writes found.xml '^<\?xml' export
writes found.md '^#' export
writes heap.massif '^desc: ' export
writes flame.svg '^<(\?xml|svg)' flame
writes flame.speedscope.json 'speedscope.app' flame
writes flame.json 'speedscope.app' flame
writes flame.folded ';main' flame
writes flame.pb.gz '^packed' flame
writes cycles.dot '^digraph' graph
writes cycles.json '"format":"leakgraph-graph"' graph
writes types.csv '^process,pid,type,' types
writes types.json '"format":"leakgraph-types"' types
writes no_ending '^\{"format":"leakgraph-report"' export
writes all.xyz '^digraph' graph --format dot
for command in export flame graph types; do
    run "$LEAKGRAPH" $command -o all.unknown demo
    expect "$command names the endings that it knows" 2 "'all.unknown' tells no format by its ending (."
    fact "and writes nothing" test ! -e all.unknown
done

fact "columns of the table of places add up to the totals" python3 -c '
import csv, json
process, = json.load(open("all.json"))["processes"]
rows = list(csv.DictReader(open("places.csv")))
total = lambda name: sum(int(row[name]) for row in rows)
for name in "allocations", "allocated_bytes", "temporary_allocations", "live_bytes", "live_blocks":
    assert total(name) == process["totals"][name], name
assert total("leaked_bytes") == process["leaks"]["bytes"]
assert 0 <= process["totals"]["peak_bytes"] - total("peak_bytes") <= process["totals"]["peak_slack_bytes"]'
fact "those of types to the snapshot" python3 -c '
import csv, json
process, = json.load(open("types.json"))["processes"]
rows = list(csv.DictReader(open("types.csv")))
assert sum(int(row["bytes"]) for row in rows) == process["bytes"]
assert sum(int(row["blocks"]) for row in rows) == process["blocks"]'
cat >quoted.cpp <<'C'
#include <map>
static std::map<int, long> kept;
template <class A, class B> int *make(A, B) { return new int; }
int *a = make(1, 2.0);
int main() { kept[1] = 2; kept[2] = 3; return 0; }
C
build quoted quoted.cpp -O0 && record quoted.data -- ./quoted && "$LEAKGRAPH" export -o quoted.csv quoted.data
fact "names with commas are one field" python3 -c '
import csv
rows = list(csv.reader(open("quoted.csv")))
assert {len(row) for row in rows} == {len(rows[0])}, rows'

# Many places, so that some are others
{
    echo '#include <stdlib.h>'
    for i in $(seq 12); do echo "__attribute__((noinline)) void *make$i(void) { return malloc($i * 100); } void *kept$i;"; done
    echo 'int main(void) {'
    for i in $(seq 12); do echo "kept$i = make$i(); for (int i = 0; i < $i; i++) free(make$i());"; done
    echo 'return 0; }'
} >places.c
build places places.c -O0 && record places.data -- ./places && "$LEAKGRAPH" report -o places.txt places.data
fact "the report's lists of places add up" python3 -c '
import re
text = open("places.txt").read()
total = int(re.search(r"^([\d,]+) allocations,", text, re.M).group(1).replace(",", ""))
part = text[text.index(" allocations,"):text.index("Hot lines")]
counts = [int(line.split()[0].replace(",", "")) for line in part.splitlines() if re.match(r" +[\d,]+ .*(make|others|emergency)", line)]
assert sum(counts) == total and "others" in part, (counts, total)
part = text[text.index("Peak "):text.index(" allocations,")]
unit = {"B": 1, "KiB": 1024, "MiB": 1 << 20}
size = lambda words: float(words[0]) * unit[words[1]]
rows = [size(line.split()) for line in part.splitlines()[1:] if re.match(r" +[\d.]+ (B|[KM]iB) ", line)]
assert "others" in part and abs(sum(rows) - size(part.split()[1:3])) <= 52 * len(rows) + 52, (rows, part)'
"$LEAKGRAPH" report --retained --top 3 -o retained.txt places.data
fact "so does that of what retains most" python3 -c '
import re
text = open("retained.txt").read()
part = text[text.index("What retains most"):]
unit = {"B": 1, "KiB": 1024, "MiB": 1 << 20}
rows = [float(number) * unit[name] for number, name in re.findall(r"^ *([\d.]+) (B|[KM]iB)  ", part, re.M)]
rows = rows[:part[:part.index(" all\n")].count("\n")]
rows = rows[:5]
assert abs(sum(rows[:-1]) - rows[-1]) <= 52 * len(rows), rows'

# Text of a part of the object graph: what is alike is one line
cat >maps.cpp <<'C'
#include <map>
#include <vector>
struct Map { std::map<int, int> numbers; };
std::vector<Map *> &maps = *new std::vector<Map *>;
__attribute__((noinline)) Map *make_map() { return new Map; }
int main() { for (int i = 0; i < 400; i++) { maps.push_back(make_map()); maps.back()->numbers[i] = i; } }
C
build maps maps.cpp -O0 && record maps.data -- ./maps
run "$LEAKGRAPH" graph --backrefs Map --too-many 1000 -f text maps.data
expect "400 objects of one place are one line" 0 "400 x Map, make_map (maps.cpp:5)"
fact "down to the variable that holds them" grep -qE '^ +<- global maps \(maps.cpp:4\)$' out
fact "on one screen" test "$(wc -l <out)" -le 24
run "$LEAKGRAPH" graph --path-from-root Map --too-many 1 -o path.txt maps.data
fact "a path is indented from its root down" sh -c \
    'grep -qE "^  global maps" path.txt && grep -qE "^ {6,}-> .*Map, make_map" path.txt && test "$(wc -l <path.txt)" -le 8'
run "$LEAKGRAPH" graph -f text maps.data
expect "cycles as text are the report's" 2 "leakgraph report"

run "$LEAKGRAPH" record -v -o two.data -- "$PROGRAMS/O2/two_cycle"
expect "record -v ends with the verdict and what to do next" 0 "next: leakgraph report two.data"
fact "in its last line" sh -c 'tail -n 1 err | grep -qE "^leakgraph: two.data: .*cycle.*; next: leakgraph report two.data$"'
finish
