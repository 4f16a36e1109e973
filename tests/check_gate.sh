#!/bin/bash
# SPDX-License-Identifier: MIT
# gate and check: budgets, baseline, suppressions, repeated runs, and the formats for CI, each held against
# a reader that is not ours.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
P=$PROGRAMS/O2
SCHEMAS=$ROOT/tests/schemas

record leak -- "$P/several_sites"
record one -- "$P/direct_leak"
record cycle -- "$P/two_cycle"
record clean -- "$P/tree_with_parents_live"
record free -- "$P/double_free"

# Budgets
gate leak
expect "a leak fails" 1 "lose_large (several_sites.c:"
fact "the place comes first" sh -c 'head -n 1 out | grep -q "^lose_large (several_sites.c:[0-9]*): leaked blocks 10, allowed 0;"'
fact "every leaking place is named" sh -c 'grep -q lose_small out && grep -q lose_zeroed out'
gate --max-leaked-blocks 10 leak
expect "up to its budget it passes" 0 "within all budgets: 1 process"
fact "suppressed and known bytes are shown even if there are none" \
    grep -qx "not counted: suppressed 0 B in 0 blocks, baseline 0 B in 0 blocks" out
gate free
expect "a wrong free fails" 1 "wrong frees 1, allowed 0"
gate --max-errors 1 free
expect "unless it is allowed" 0
gate --process 'direct*' --max-leaked-blocks 1 one
expect "a budget for one process" 0
gate --process planner one
expect "nobody to judge is no verdict" 3 "no verdict: no process called 'planner' was recorded"
gate --max-leaked-blocks 100 --process 'sev*' --max-leaked-blocks 9 leak one
expect "a stricter budget for one process of several sessions" 1 "leaked blocks 10, allowed 9"
gate --max-leaked-blocks 100 --process typo --max-leaked-blocks 0 leak
expect "a budget that was held against nobody is not kept" 3 "no verdict: no process called 'typo' was recorded"
gate --exit-code 3 leak
expect "an exit status that means something else cannot be asked for" 2 "3 has a meaning of its own"
fingerprint=$("$LEAKGRAPH" export one | python3 -c 'import json, sys; print(json.load(sys.stdin)["processes"][0]["leaks"]["sites"][0]["fingerprint"])')
gate --max-site-bytes "$fingerprint=100" --max-leaked-blocks 0 one
expect "a site with a budget of its own" 0
gate --max-site-bytes "$fingerprint=99" one
expect "which can be exceeded, too" 1 "leaked by this site 100 B, allowed 99 B"
gate --max-site-bytes 12=1 one
expect "a wrong fingerprint" 2 "'12=1' is not FINGERPRINT=SIZE"
gate --max-real-time-allocations 0 clean
expect "no real-time thread, no allocation on one" 0
gate --max-real-time-allocations 0 --real-time-thread 'tree_with*' clean
expect "a thread named by the user is one" 1 "allocations on real-time threads"
gate --max-real-time-allocations 0 --real-time-thread contorl clean
expect "a name that no thread has is reported" 0 "no thread called 'contorl' allocated anything"
build real_time "$ROOT/tests/gate/real_time.c"
if ./real_time; then
    run "$LEAKGRAPH" check -o rt.data --max-real-time-allocations 6 ./real_time
    expect "allocations while the policy is a real-time one count, and no others" 1 "allocations on real-time threads 7, allowed 6"
    fact "and the place is named" grep -q '^make (real_time.c:[0-9]*): allocations' err
    fact "'no leaks' is not said under it" sh -c '! grep -q "no leaks" err && tail -n 1 err | grep -q "^for details: leakgraph report .*rt.data"'
    gate --max-real-time-allocations 0 --real-time-thread contr?l rt.data
    expect "a thread can be named after its first allocation" 1 "allocations on real-time threads 15, allowed 0"
    run "$LEAKGRAPH" check -o rt.data --max-real-time-allocations 0 ./real_time later
    expect "a thread can be made a real-time one from outside" 1 "on the real-time thread later"
    run "$LEAKGRAPH" check -o rt.data --max-real-time-allocations 750 ./real_time unseen
    expect "a policy that comes unseen is noticed after a while" 1 "on real-time threads"
    record advised.data -- chrt -f 5 ./real_time
    "$LEAKGRAPH" report advised.data >advised
    fact "a line that allocates again and again on a real-time thread is an advice" \
        grep -q "^  real-time: 107 allocations, 10700 bytes, on the real-time thread real_time, SCHED_" advised
    fact "with its place" grep -q "by make (real_time.c:[0-9]*)" advised
    record unadvised.data -- ./real_time
    "$LEAKGRAPH" report unadvised.data >unadvised
    fact "a few while it gets ready are none" sh -c '! grep -q "^  real-time:" unadvised'
else
    skip "allocations while the policy is a real-time one count" "no right to SCHED_FIFO"
fi
gate --max-growth 1M clean
expect "a run of a moment says nothing about growth" 3 "growth per minute: "

# Real growth, seen from outside
cat >grows.c <<'C'
#include <stdlib.h>
#include <unistd.h>
void *volatile kept[10000];
static void grow(int i) { kept[i] = malloc(10000); }
int main(void) { for (int i = 0; i < 400; i++) { grow(i); usleep(10000); } return 0; }
C
build grows grows.c -O1
run "$LEAKGRAPH" check -o grows.data --max-growth 1M ./grows
expect "memory that grows in the steady state" 1 "growth per minute "
fact "the growing place is named" grep -q "^grow (grows.c:4): growth per minute" err
run "$LEAKGRAPH" gate --max-growth 1G grows.data
expect "within its budget" 0

run "$LEAKGRAPH" check --baseline misspelt -- touch ran
expect "a baseline that is not there stops a check before its program runs" 2 "misspelt: No such file"
fact "it did not run" test ! -e ran

# Tests that run side by side, as those of ctest -j, in one folder by default
mkdir side && cd side || exit 1
hold
"$LEAKGRAPH" check -- sh -c 'touch started; read -r line; exit 0' 2>first <"$WORK/held" 9>&- &
wait_for 60 test -e started
run "$LEAKGRAPH" check -- true
expect "a check beside another judges its own run only" 0 "within all budgets: 1 process"
fact "in a folder of its own" sh -c 'test "$(ls leakgraph.data-2/*.lgr | wc -l)" = 1'
release; wait $!
fact "and the other does, too" test $? = 0
cd "$WORK" || exit 1

# Baseline
gate --baseline known --update-baseline leak
expect "a first baseline" 0
fact "it names the places" grep -q "^leak [0-9a-f]\{16\} count=7 bytes=70  # lose_small (several_sites.c:" known
cp known first
gate --baseline known --update-baseline leak
fact "an update that finds nothing new changes nothing" cmp known first
gate --baseline known leak
expect "what is known does not count" 0 "baseline 98.1 KiB in 10 blocks"
gate --baseline known leak one
expect "what is not known counts" 1 "lose_a_block (direct_leak.c:"
sed -i 's/count=7 bytes=70/count=5 bytes=50 owner=maps/; 4i # ticket 12' known
gate --baseline known leak
expect "more than is known counts" 1 "lose_small (several_sites.c:8): leaked blocks 2, allowed 0"
gate --baseline known --update-baseline leak one
fact "an update keeps comments and owners, and adds the new" sh -c '
    grep -qx "# ticket 12" known && grep -q "count=7 bytes=70 owner=maps  # lose_small" known && tail -n 1 known | grep -q lose_a_block'
sed -i 's/owner=maps/owner=maps expires=2020-01-31/' known
gate --baseline known leak
expect "an expired entry counts again" 1 "lose_small (several_sites.c:8): leaked blocks 7, allowed 0"
fact "and is named with its owner" grep -q "^expired on 2020-01-31: known:[0-9]*: leak .*, owner maps, lose_small.*: counts again" out
fact "an entry that nothing matched is named" grep -q "^not seen: known:.*lose_a_block" out
gate --baseline known --update-baseline leak
expect "an update does not renew expired entries, and reports them" 1 "still exceeded after the update: leaked blocks 7, allowed 0"
gate --baseline known --update-baseline --max-peak-bytes 1K leak
expect "nor does it know a peak" 1 "still exceeded after the update: peak "
gate --baseline known --baseline first leak
expect "two baselines are one too many" 2 "--baseline: given twice"
cat known first >merged
gate --baseline merged leak
expect "two of them put together are one" 0 "baseline 98.1 KiB in 10 blocks"
{ echo "<<<<<<< ours"; cat known; } >conflict
gate --baseline conflict leak
expect "a merge that was not finished is no baseline" 2 "conflict:1: "
sed 's/$/\r/' first >dos
gate --baseline dos leak
expect "line ends of another system are fine" 0
head -c 100 /dev/urandom | tr -d '\n#' >noise
gate --baseline noise leak
expect "noise is no baseline" 2 "noise:1: "
gate --baseline known --prune-baseline leak
fact "and can be dropped" sh -c '! grep -q lose_a_block known && grep -q lose_large known'
echo 'leak 12' >>known
cp known before
gate --baseline known --update-baseline leak
expect "a wrong line of the baseline" 2 "known:"
fact "leaves it alone" cmp known before
gate --baseline no-such-file leak
expect "a missing baseline" 2 "no-such-file: No such file"
gate --update-baseline leak
expect "an update without a baseline" 2 "--baseline"
cp -r leak broken && truncate -s 100 broken/*.lgr
cp first known
gate --baseline known --update-baseline broken leak
expect "a damaged session teaches nothing" 2 "not updated: there is no verdict"
fact "and the baseline stays" cmp known first

# Suppressions
printf '# ours\nleak:lose_small\nleak:never_called\n' >lsan.txt
printf '{\n   large\n   Memcheck:Leak\n   match-leak-kinds: definite\n   fun:malloc\n   fun:lose_large\n}\n' >vg.supp
gate --suppressions lsan.txt --suppressions vg.supp leak
expect "suppressions of both kinds" 1 "lose_zeroed (several_sites.c:13): leaked blocks 2, allowed 0"
fact "what they hit is counted" sh -c '
    grep -q "^suppressed by lsan.txt:2 (leak:lose_small): 70 B in 7 blocks" out &&
    grep -q "^suppressed by vg.supp:1 (large): 97.7 KiB in 1 block" out &&
    grep -q "^not counted: suppressed 97.7 KiB in 8 blocks" out'
fact "an unused one is named" grep -q "^unused suppression: lsan.txt:3: leak:never_called" out
printf 'leak:a\nrace:b\n' >bad.txt
gate --suppressions bad.txt leak
expect "a wrong line of a suppression file" 2 "bad.txt:2: neither"
gate --list-suppressions --suppressions vg.supp
expect "suppressions can be listed" 0 "vg.supp:1: large: direct, cycle leaks"
fact "built-in ones, too" sh -c 'grep -q "^built-in: loader: " out && grep -q "^built-in: libstdc++: " out'

# A launcher script: bash gives up its parse tree where it exits inside a loop.
cat >launch.sh <<'SCRIPT'
#!/bin/bash
for once in 1; do
    if [ -n "$once" ]; then
        "$@"
        exit $?
    fi
done
SCRIPT
chmod +x launch.sh
"$LEAKGRAPH" check -o launched -- ./launch.sh "$PROGRAMS/O0/every_allocation_freed" >out 2>&1
fact "what the shell of a launcher script keeps does not fail the program" test $? = 0
fact "and is counted" grep -qE '^not counted: suppressed [1-9]' out
"$LEAKGRAPH" check -o launched -- ./launch.sh "$PROGRAMS/O0/direct_leak" >out 2>&1
fact "the program's own leak still fails" test $? = 1
if [ -r /usr/libexec/valgrind/default.supp ]; then
    gate --suppressions /usr/libexec/valgrind/default.supp one
    expect "valgrind's own file is read" 1
fi
printf '{\n n\n Memcheck:Free\n fun:free\n ...\n fun:main\n}\n' >free.supp
gate --suppressions free.supp free
expect "a wrong free can be suppressed" 0 "suppressed by free.supp:1 (n)"

# Repeated runs
cat >flaky.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void *volatile kept;
__attribute__((noinline)) static void lose(int really) { kept = malloc(100); if (really) kept = NULL; }
int main(int argc, char **argv)
{
    FILE *file = fopen(argv[1], "r+");
    int run = file ? fgetc(file) - '0' : 0;
    char scrub[2000];
    if (file) { rewind(file); fputc('1' + run, file); fclose(file); }
    lose(argc > 2 && strchr(argv[2], '0' + run) != NULL);
    memset(scrub, 0, sizeof scrub);
    return scrub[run];
}
C
build flaky flaky.c
printf 0 >counter
run "$LEAKGRAPH" check -o runs --runs 3 -- ./flaky "$WORK/counter" 1
expect "a leak in one run of three does not count" 0 "within all budgets: 1 process, 3 runs"
fact "it is called flaky, with its frequency" grep -q "^flaky: lose (flaky.c:5): 1 block leaked, 100 B; flaky, in 1 of 3 runs: does not count" err
fact "and its bytes are in the summary" grep -q "flaky 100 B in 1 block" err
printf 0 >counter
run "$LEAKGRAPH" check -o runs --runs 3 -- ./flaky "$WORK/counter" 02
expect "in two of three it does" 1 "leaked blocks 1, allowed 0; flaky, in 2 of 3 runs"
fact "and is still called flaky" grep -q "in 2 of 3 runs: counts" err
gate --repeated --repeats 3 runs.1 runs.2 runs.3
expect "more repeats can be asked for" 0 "in 2 of 3 runs: does not count"
gate --repeated --repeats 4 runs.1 runs.2 runs.3
expect "more repeats than runs cannot be asked for" 2 "--repeats 4: there are only 3 runs"
gate --repeats 2 runs.1
expect "nor repeats of one run" 2 "there is only one run"
gate --repeated runs.1 runs.1
expect "a run does not repeat itself" 2 "runs.1 and runs.1 are the same run"
gate runs.1 runs.2 runs.3
expect "sessions that are no repeats count one by one" 1 "leaked blocks 1, allowed 0; flaky (pid"
run "$LEAKGRAPH" check -o fails --runs 3 -- sh -c 'exit 5'
expect "a failing run ends the runs and passes its status on" 5
fact "without another one" test -d fails.1 -a ! -e fails.2

# Output that ends within a line
"$LEAKGRAPH" check -o within -- sh -c 'printf within' >both 2>&1
fact "a verdict begins on a line of its own" grep -qx within both
"$LEAKGRAPH" check -o whole -- sh -c 'echo whole' >both 2>&1
fact "without an empty one before it where there is no need" sh -c 'grep -qx whole both && ! grep -qx "" both'
"$LEAKGRAPH" check -o piped -- sh -c 'printf piped' 2>&1 | cat >both
fact "in a pipe, too" grep -qx piped both

# Killed
run "$LEAKGRAPH" check -o killed -- sh -c "'$P/ended_by_sigkill'; exit 0"
expect "a killed process among others is no verdict" 3 "no verdict: ended_by_sigkill (pid "
gate --max-peak-bytes 1G killed
expect "though its peak is known" 0

# No verdict
gate first-missing second-missing
expect "two missing sessions" 3 "first-missing: No such file or directory; record first: leakgraph record -- PROGRAM; second-missing: No such file"
gate --junit no.xml --sarif no.sarif missing-session
expect "a missing session" 3 "missing-session: No such file"
fact "is an error for JUnit" grep -q '<error message="missing-session: No such file' no.xml
fact "and no success for SARIF" python3 -c '
import json
run = json.load(open("no.sarif"))["runs"][0]
assert run["invocations"][0]["executionSuccessful"] is False and run["results"] == []'
gate leak broken
expect "an exceeded budget counts more than a damaged session" 1 "no verdict: broken/"
gate --max-leaked-blocks 100 leak broken
expect "which is no verdict otherwise" 3 "no verdict: broken/"

# Formats
gate --format github leak
expect "GitHub's annotations" 1 "::error file="
fact "with file, line and title" grep -q '^::error file=.*several_sites.c,line=[0-9]*,title=leakgraph::lose_large (several_sites.c:' out
cat >'odd,na:me%.c' <<'C'
#include <stdlib.h>
#include <string.h>
void *volatile p;
int main(void) { char s[2000]; p = malloc(9); p = NULL; memset(s, 0, sizeof s); return s[1]; }
C
build odd 'odd,na:me%.c'
record odd.data -- ./odd
gate -f github odd.data
fact "with commas, colons and percents escaped" grep -q '^::error file=odd%2Cna%3Ame%25.c,line=4,title=' out
mkdir -p checkout/src checkout/out
cp 'odd,na:me%.c' checkout/src/in_source.c
(cd checkout/out && gcc -g -o there ./../src//in_source.c) && record there.data -- checkout/out/there
expect_file() {
    fact "$1" grep -q "^::error file=$2,line=4," out
}
GITHUB_WORKSPACE=$WORK/checkout run "$LEAKGRAPH" gate -f github there.data
expect_file "files are named as the checkout has them, however the compiler was called" src/in_source.c
CI_PROJECT_DIR=$WORK/ run "$LEAKGRAPH" gate -f github there.data
expect_file "GitLab's checkout" checkout/src/in_source.c
mkdir checkout/.git
(cd checkout/out && run "$LEAKGRAPH" gate -f github ../../there.data)
expect_file "the work tree of git that we are in" src/in_source.c
for session in leak one cycle clean free odd.data broken; do
    gate --junit $session.xml --sarif $session.sarif --markdown $session.md $session
done
gate --repeated --repeats 3 --junit repeated.xml --sarif repeated.sarif --markdown repeated.md runs.1 runs.2 runs.3
gate --baseline first --junit known.xml --sarif known.sarif --markdown known.md leak one
"$LEAKGRAPH" export --format junit leak >exported.xml
"$LEAKGRAPH" export --format sarif leak >exported.sarif
"$LEAKGRAPH" export --format markdown leak >exported.md
if command -v xmllint >/dev/null; then
    fact "JUnit XML follows its schema" xmllint --noout --schema "$SCHEMAS/junit.xsd" ./*.xml
else
    skip "JUnit XML follows its schema" "no xmllint"
fi
fact "failures and errors are where they belong" python3 -c '
import xml.etree.ElementTree as tree
def counts(name):
    suite = tree.parse(name + ".xml").getroot()[0]
    return tuple(int(suite.get(key)) for key in ("tests", "failures", "errors"))
assert counts("leak") == (3, 1, 0), counts("leak")
assert counts("clean") == (3, 0, 0), counts("clean")
assert counts("broken") == (1, 0, 1), counts("broken")
assert counts("exported") == counts("leak")'
schema=$ROOT/build/schemas/sarif-2.1.0.json
if [ ! -s "$schema" ] && command -v npm >/dev/null; then
    # the one of the standard, as it was published in a package
    mkdir -p "$(dirname "$schema")" && (cd "$WORK" && timeout 60 npm pack --silent @microsoft/jest-sarif@1.0.0-beta.0 &&
        tar xzOf microsoft-jest-sarif-*.tgz package/lib/schemas/sarif-2.1.0-rtm.5.json >sarif.json && mv sarif.json "$schema") >/dev/null 2>&1
fi
if [ -s "$schema" ]; then
    fact "SARIF follows its schema" /usr/bin/python3 -c '
import glob, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)(schema)
names = glob.glob("*.sarif")
assert len(names) > 8
for name in names:
    validator.validate(json.load(open(name)))' "$schema"
else
    skip "SARIF follows its schema" "no schema: npm is missing, or not on line"
fi
fact "SARIF tells errors, known and flaky findings apart" python3 -c '
import json
def results(name):
    return json.load(open(name + ".sarif"))["runs"][0]["results"]
def levels(name):
    return sorted(result["level"] for result in results(name))
assert levels("leak") == ["error"] * 3, levels("leak")
assert levels("clean") == []
assert levels("known") == ["error", "note", "note", "note"], levels("known")
assert all("suppressions" in r for r in results("known") if r["level"] == "note")
assert levels("repeated") == ["warning"], levels("repeated")
assert results("repeated")[0]["properties"] == {"runsSeen": 2, "runs": 3}
odd = results("odd.data")[0]["locations"][0]["physicalLocation"]
assert odd["artifactLocation"]["uri"] == "odd,na%3Ame%25.c", odd
assert odd["region"]["startLine"] == 4'
fact "the summary for a pull request" sh -c 'grep -q "^### . leakgraph: failed: 1 budget exceeded" leak.md && grep -q "^| lose&#95;large " leak.md && grep -q "^### . leakgraph: within all budgets" clean.md && grep -q "flaky: lose" repeated.md'
gate --sarif /no/such/folder/x leak
expect "a file that cannot be written" 2 "/no/such/folder/x: No such file"

# Fingerprints: one name for one leak, however the program is built and wherever it is loaded.
build_and_record() {
    local name=$1
    build "$@" 2>build.log && record "$name.data" -- "./$name"
}
cp "$ROOT/tests/fingerprints/leaky.cpp" .
{ yes '' | head -n 40; sed 's/^void lose_a_map/\n\n\n&/' leaky.cpp; } >shifted.cpp
build_and_record O0 leaky.cpp -O0
build_and_record rebuilt shifted.cpp -O0
build_and_record O1 leaky.cpp -O1
build_and_record O2 leaky.cpp -O2
build_and_record O3 leaky.cpp -O3
build_and_record no_inlining leaky.cpp -O2 -fno-inline -fno-optimize-sibling-calls # jumps from functions called through a pointer
build_and_record no_pie leaky.cpp -O2 -no-pie
! command -v clang++-14 >/dev/null || CXX=clang++-14 build_and_record clang leaky.cpp -O0
record again.data -- ./O2
if setarch -R true 2>/dev/null; then
    record fixed.data -- setarch -R ./O2
fi
"$LEAKGRAPH" gate --baseline leaks --update-baseline O0.data >/dev/null
fact "a program with a dozen leaks and cycles" test "$(grep -c '^leak\|^cycle' leaks)" -ge 14
# same FACT SESSION: all leaks of the session are those of the -O0 build, and all of those are there
same() {
    [ -d "$2" ] || { skip "$1" "not possible here"; return; }
    gate --baseline leaks --max-leaked-blocks 0 --max-cycles 0 "$2"
    if [ $status = 0 ] && ! grep -q "^not seen" out; then ok "$1"; else not_ok "$1" out; fi
}
same "fingerprints outlive a rebuild with other lines" rebuilt.data
same "and optimisation: -O1" O1.data
same "-O2" O2.data
same "-O3" O3.data
same "and no inlining" no_inlining.data
same "and another kind of executable" no_pie.data
same "and another compiler" clang.data
same "and address randomisation: another run" again.data
same "and none" fixed.data

# Calls that became jumps leave no frame.
build_jumps() {
    local name=$1
    shift
    "$@" -g $red_zone -I"$ROOT" -o "$name" "$ROOT/tests/fingerprints/jumps.c" "$ROOT/tests/fingerprints/elsewhere.c" \
        2>build.log && record "$name.data" -- "./$name"
}
red_zone=
[ "$(uname -m)" != x86_64 ] || red_zone=-mno-red-zone # SCRUB() writes there
rm leaks
build_jumps j0 gcc -O0
"$LEAKGRAPH" gate --baseline leaks --update-baseline j0.data >/dev/null
sed -i 's/ count=[0-9]* bytes=[0-9]*//' leaks
build_jumps j2 gcc -O2
build_jumps j3 gcc -O3
build_jumps j4 gcc -O2 -gdwarf-4
build_jumps jl gcc -O2 -flto
! command -v clang-14 >/dev/null || build_jumps jc clang-14 -O2
same "and last calls that became jumps" j2.data
fact "which are named" sh -c '"$1" report --stacks 0 j2.data >jumps && grep -q "make (jumps.c:2[0-9])" jumps &&
    grep -q "make_twice (jumps.c:2[0-9])" jumps && grep -q "make_near (elsewhere.c:7)" jumps && grep -q "copy (jumps.c:" jumps' sh "$LEAKGRAPH"
same "-O3" j3.data
same "DWARF 4" j4.data
same "optimised as a whole" jl.data
if [ -d jc.data ]; then # it lists no jumps to malloc: that make_twice and make_elsewhere jump on is not sure
    gate --baseline leaks --max-leaked-blocks 6 jc.data
    expect "clang's, as far as they are sure" 0 "not seen"
    "$LEAKGRAPH" report --stacks 0 jc.data >jumps
    fact "none is made up" sh -c '! grep -A1 "make (jumps.c" jumps | grep make_either'
else
    skip "clang's, as far as they are sure" "not installed"
fi
finish
