#!/bin/bash
# SPDX-License-Identifier: MIT
# The command line: help, options, exit statuses, where output goes and what happens when it cannot.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
DEMO=$PROGRAMS/O2/two_cycle
LEAK=$PROGRAMS/O2/direct_leak
CLEAN=$PROGRAMS/O2/tree_with_parents_live

# Help
run "$LEAKGRAPH" --version
expect "it tells its version" 0 "leakgraph 0."
run "$LEAKGRAPH" --help
expect "it helps" 0 "Commands:"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' out)
fact "all commands are there" test "$(echo $commands)" = "record snapshot report check gate types diff graph lines flame export"
run "$LEAKGRAPH" -V
expect "-V is short for it" 0 "leakgraph 0."
run "$LEAKGRAPH" help
expect "help helps" 0 "Commands:"
run "$LEAKGRAPH" help record
expect "and with a command" 0 "usage: leakgraph record"
for typo in reprot:report recrod:record flmae:flame chek:check Graph:graph; do
    run "$LEAKGRAPH" "${typo%:*}"
    expect "$typo is guessed" 2 "Did you mean 'leakgraph ${typo#*:}'?"
done
run "$LEAKGRAPH" help recrod
expect "also after help" 2 "Did you mean 'leakgraph record'?"
run "$LEAKGRAPH" xyzzy
fact "a word like none is not" sh -c '! grep "Did you mean" err'
for command in $commands; do
    run "$LEAKGRAPH" "$command" --help
    expect "$command helps" 0 "usage: leakgraph $command"
    fact "the help of $command fits a terminal" sh -c "! grep -E '^.{101}' out"
done
"$ROOT/scripts/man" "$LEAKGRAPH" man1
fact "there is a man page for each" test "$(ls man1 | wc -l)" = $(($(echo "$commands" | wc -w) + 1))
fact "they tell of the environment, files and other pages" sh -c \
    'for page in man1/*; do for section in ENVIRONMENT FILES "SEE ALSO"; do grep -q "^.SH $section$" "$page" || exit; done; done'
if command -v groff >/dev/null; then
    fact "man pages are well-formed" sh -c 'test -z "$(groff -man -Tutf8 -ww man1/* 2>&1 >/dev/null)"'
else
    skip "man pages are well-formed" "groff is not installed"
fi
if command -v mandoc >/dev/null; then
    fact "mandoc has no warning for them" sh -c '! mandoc -T lint man1/* | grep -E "WARNING|ERROR|UNSUPP"'
else
    skip "mandoc has no warning for them" "mandoc is not installed"
fi

# Wrong use
wrong() {
    run "$LEAKGRAPH" "$@"
    expect "wrong use: $*" 2 "--help'."
    fact "two lines of error: $*" test "$(wc -l <err)" = 2 -a ! -s out
}
wrong
wrong nonsense
wrong --nonsense
wrong report --nonsense
wrong report one two
wrong report --top
wrong report --top many
wrong record
wrong record --
wrong check --max-cycles -1 true
wrong gate --max-leaked-bytes 1X
wrong gate --exit-code 256
wrong flame --cost everything
wrong export --format xml

# Whatever a command's help lists, it knows.
for command in $commands; do
    for option in $("$LEAKGRAPH" $command --help | grep -oE '^ +(-., )?--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+'); do
        limited 10 "$LEAKGRAPH" $command "$option=" </dev/null 2>&1 | grep "unknown option '$option"
    done
done >unknown
fact "no command lists an option that it does not know" test ! -s unknown

# No recording
for command in report gate graph flame export; do
    run "$LEAKGRAPH" $command no-such-session
    expect "$command of a missing session" 3 "no-such-session"
    fact "one line of error" test "$(wc -l <err)" = 1 -a ! -s out
done
mkdir empty
run "$LEAKGRAPH" gate empty
expect "an empty folder is no session without leaks" 3
run "$LEAKGRAPH" gate /etc/passwd
expect "a foreign file is no recording" 3

# record
run "$LEAKGRAPH" record -- sh -c 'echo out; echo err >&2; exit 7'
expect "record passes the status on" 7
fact "and adds nothing to the output" sh -c 'test "$(cat out)" = out -a "$(cat err)" = err'
run "$LEAKGRAPH" record -- sh -c 'kill -TERM $$'
expect "a signal's status is 128 and its number" 143
fact "the previous session is kept" test -n "$(ls leakgraph.data.old/*.lgr)"
ls -i leakgraph.data >before
run "$LEAKGRAPH" record ./no-such-program
expect "a program that does not exist" 127 "leakgraph: ./no-such-program: No such file or directory"
run "$LEAKGRAPH" record "$WORK/out"
expect "a program that is none" 126 "Permission denied"
run "$LEAKGRAPH" record no-such-program-in-path
expect "a program that is not in PATH" 127 "No such file or directory"
run "$LEAKGRAPH" check "$WORK"
expect "a folder is no program" 126 "Permission denied"
fact "a typo leaves the last session where it was" sh -c 'ls -i leakgraph.data | cmp - before'
run "$LEAKGRAPH" record -v -- "$LEAK"
expect "--verbose tells what was recorded" 0 "leakgraph: 1 process recorded in $WORK/leakgraph.data"
mkdir foreign && echo dear >foreign/letter
run "$LEAKGRAPH" record -o foreign -- touch started
expect "a foreign folder is refused" 2 "letter"
fact "and nothing was started" test ! -e started -a "$(cat foreign/letter)" = dear
run "$LEAKGRAPH" record -o /proc/no/session -- sh -c 'echo runs; exit 5'
expect "without a folder the program runs all the same" 5 "runs"
fact "and one line says that it is not recorded" grep -q "leakgraph: not recording: " err
fact "recordings of ended processes are no larger than they must be" \
    test -z "$(find leakgraph.data -name '*.lgr' -size +16M)"

printf 'int main(void) { return 4; }' >static.c
if gcc -static -o static static.c 2>/dev/null; then
    run "$LEAKGRAPH" record -o static.data ./static
    expect "a static program runs and is named" 4 "./static was not recorded: it is statically linked"
    run "$LEAKGRAPH" gate static.data
    expect "nothing recorded is not no leaks" 3
    printf '#!%s/static\n' "$WORK" >script && chmod +x script
    run "$LEAKGRAPH" record -o static.data ./script
    expect "so does a script for it" 4 "it is statically linked"
else
    skip "a static program runs and is named" "no static libc"
fi

cat >own.c <<'C'
#include <stddef.h>
static char pool[1 << 20];
static size_t used;
void *malloc(size_t size) { void *block = pool + used; used += (size + 31) & ~(size_t)15; return block; }
void free(void *block) { (void)block; }
int main(void) { return malloc(10) == NULL; }
C
gcc -o own own.c
run "$LEAKGRAPH" record -o own.data ./own
expect "a program with a malloc of its own runs and is named" 0 "./own was not recorded: it has a malloc of its own"
run "$LEAKGRAPH" gate own.data
expect "what was not seen is not no leaks" 3

if [ "$(basename "$BUILD")" = asan ]; then
    skip "record inside of record" "the sanitizer does not stand a preload"
    "$LEAKGRAPH" record -o outer -- sh -c "'$LEAK'; '$CLEAN'"
    "$LEAKGRAPH" export outer >outer.json
else
    run "$LEAKGRAPH" record -o outer -- sh -c "'$LEAKGRAPH' record -- '$LEAK'; cd /; '$LEAKGRAPH' record -- '$CLEAN'"
    expect "record inside of record" 0
    "$LEAKGRAPH" export outer >outer.json
    fact "joins the outer session" python3 -c '
import json
names = [p["command"][0].split("/")[-1] for p in json.load(open("outer.json"))["processes"]]
assert "direct_leak" in names and "tree_with_parents_live" in names, names'
    mkdir inside
    run "$LEAKGRAPH" record -o around -- sh -c "cd inside; '$LEAKGRAPH' check -- '$CLEAN'"
    expect "check inside of record judges its own program only" 0 "within all budgets: 1 process"
fi

hold
for i in 1 2 3 4 5 6 7 8; do
    "$LEAKGRAPH" record -o launch -- sh -c 'echo >>started; read -r line' <held 9>&- &
done
wait_for 60 lines started 8
release
wait
"$LEAKGRAPH" export launch >launch.json
fact "eight that start at once are one session" python3 -c '
import json
processes = json.load(open("launch.json"))["processes"]
assert len(processes) == 8, len(processes)'
fact "which nothing was moved away from" test ! -e launch.old

# Signals: each of them is received once, whether it was meant for `record` or for its group.
cat >signals.sh <<'SH'
for signal in HUP INT USR1 USR2; do trap "echo $signal" $signal; done
trap 'echo TERM; exit 9' TERM
echo ready
while :; do sleep 0.1; done
SH
# signalled "" or -: runs signals.sh under `record` in a group of its own and sends all signals
signalled() {
    : >out # what the one before wrote must not look like ours: the shell that empties it may come late
    setsid env --default-signal "$LEAKGRAPH" record -- bash signals.sh >out 2>err </dev/null &
    leader=$!
    wait_for 30 grep -q ready out
    for signal in HUP INT USR1 USR2 TERM; do
        kill -$signal -- "$1$leader"
        wait_for 30 grep -q $signal out
        sleep 0.2 # nothing tells that no second one will come
    done
    wait $leader
    status=$?
}
for target in record:"" group:-; do
    signalled "${target#*:}"
    expect "the program under a signalled ${target%:*} ends as it likes" 9
    fact "it got each signal once" sh -c 'cat out; test "$(tr "\n" " " <out)" = "ready HUP INT USR1 USR2 TERM "'
done

# Reports and where they go
"$LEAKGRAPH" record -o cycle -- "$DEMO" >/dev/null
"$LEAKGRAPH" record -o leak -- "$LEAK" >/dev/null
"$LEAKGRAPH" record -o clean -- "$CLEAN" >/dev/null
run "$LEAKGRAPH" report cycle
expect "report draws a cycle" 0 "→ back"
LC_ALL=C run "$LEAKGRAPH" report cycle
fact "in ASCII where the locale has no more" sh -c "grep -q -e '--> back' out && ! grep -qP '[^\\x00-\\x7f]' out"
fact "no colours in a file" sh -c "! grep -q $'\\033' out"
if command -v script >/dev/null; then
    NO_COLOR='' TERM=xterm script -qec "'$LEAKGRAPH' report cycle" /dev/null >out </dev/null
    fact "colours on a terminal" grep -q $'\033\[' out
    NO_COLOR=1 TERM=xterm script -qec "'$LEAKGRAPH' report cycle" /dev/null >out </dev/null
    fact "NO_COLOR turns them off" sh -c "! grep -q $'\\033\\[' out"
fi
run "$LEAKGRAPH" report -o - cycle
expect "- is standard output" 0 "cycle"
for command in report export graph flame; do
    run sh -c "'$LEAKGRAPH' $command leak >/dev/full"
    expect "$command to a full device" 2 "leakgraph: standard output: No space left on device"
    run sh -c "'$LEAKGRAPH' $command leak >&-"
    expect "$command to a closed output" 2 "Bad file descriptor"
    run sh -c "'$LEAKGRAPH' $command -o no/where leak"
    expect "$command to no folder" 2 "no/where: No such file or directory"
    echo previous >result
    run bash -c "(trap '' XFSZ; ulimit -f 0; '$LEAKGRAPH' $command -o result leak 2>&1) | cat; exit \${PIPESTATUS[0]}"
    expect "$command when the disk is full" 2 "result: File too large"
    fact "keeps the previous file" test "$(cat result)" = previous
    run "$LEAKGRAPH" $command -o result leak
    expect "$command to a file" 0
    fact "replaces it" sh -c "! grep -qx previous result"
    fact "leaves nothing else" sh -c "! ls result.* 2>/dev/null"
    bash -c "'$LEAKGRAPH' $command leak | true" 2>err
    fact "$command to a closed pipe is quiet" test ! -s err
done
for session in cycle leak clean outer; do
    "$LEAKGRAPH" export $session >$session.json
    if command -v dot >/dev/null; then
        fact "Graphviz takes the graph of $session" \
            sh -c "'$LEAKGRAPH' graph --leaks $session | dot -Tsvg | grep -q '</svg>'"
    fi
done
fact "JSON follows its schema" "$ROOT/tests/check_json.py" cycle.json leak.json clean.json outer.json launch.json
"$LEAKGRAPH" flame --cost leaked leak >leak.folded
fact "folded stacks add up" python3 -c '
import json
process = json.load(open("leak.json"))["processes"][0]
lines = [line.rsplit(" ", 1) for line in open("leak.folded")]
assert sum(int(cost) for _, cost in lines) == process["leaks"]["bytes"]
stacks = [stack.split(";") for stack, _ in lines]
assert stacks == sorted(stacks) and len({tuple(stack) for stack in stacks}) == len(stacks)
assert ";main;" in lines[0][0], lines[0][0]'
run "$LEAKGRAPH" report --pid 1 leak
expect "a process that is not there" 2 "no process with pid 1"

# gate and check
# judged STATUS TEXT ARGUMENT...
judged() {
    gate "${@:3}"
    expect "gate ${*:3}" "$1" "$2"
}
judged 0 "within all budgets" clean
judged 1 "leaked blocks 1, allowed 0" leak
fact "the line starts with the place" grep -q '^lose_a_block (direct_leak.c:[0-9]*): ' out
judged 0 "within all budgets" --max-leaked-blocks 1 leak
judged 1 "leaked 100 B, allowed 99 B" --max-leaked-bytes 99 leak
judged 0 "within" --max-leaked-bytes 1K leak
judged 1 "cycles 1, allowed 0" --max-cycles 0 cycle
judged 0 "within" --max-cycles 1 cycle
judged 1 "peak 100 B, allowed 50 B" --max-peak-bytes 50 leak
judged 42 "leaked blocks" --exit-code 42 leak
run sh -c "'$LEAKGRAPH' gate leak >/dev/full"
expect "a verdict that nobody can read is none" 2
run bash -c "'$LEAKGRAPH' gate leak | true; exit \${PIPESTATUS[0]}"
expect "a closed pipe does not change the verdict" 1
cp -r leak damaged && truncate -s 100 damaged/*.lgr
judged 3 "damaged" damaged
"$LEAKGRAPH" record -o killed -- sh -c 'kill -9 $$' 2>/dev/null
judged 3 "no verdict: sh" killed
judged 0 "within" --max-peak-bytes 1G killed
"$LEAKGRAPH" record --snapshot-at-bytes 1 -o killed_later -- bash -c 'for i in {1..99}; do x=$x$i; done; kill -9 $$' 2>/dev/null
run "$LEAKGRAPH" report killed_later
expect "no leaks of a killed program are those of its last snapshot" 0 "no leaks in bash (pid"
fact "and the report says which" grep -q "at its last snapshot, before it was killed" out

run "$LEAKGRAPH" check -o s -- "$CLEAN"
expect "check of a clean program" 0 "within all budgets"
run "$LEAKGRAPH" check -o s -- "$LEAK"
expect "check of a leak" 1 "1 leak: 100 B"
run "$LEAKGRAPH" check -o s --max-leaked-blocks 5 -- "$LEAK"
expect "check within a budget" 0
run "$LEAKGRAPH" check -o s -- sh -c "'$LEAK'; exit 9"
expect "the program's own failure passes check" 9 "1 leak: 100 B"
run "$LEAKGRAPH" check -o s -- sh -c "exit 9"
expect "and is named beside the verdict" 9 ": exit 9"
fact "and in the last line" sh -c 'tail -n 1 err | grep -q "^leakgraph: sh: exit status 9, passed on"'
run "$LEAKGRAPH" check -o s --max-leaked-blocks 0 -- sh -c "'$LEAK'; kill -SEGV \$\$"
expect "a crash, too" 139 "leakgraph: sh: ended by SIGSEGV, passed on as status 139"
run "$LEAKGRAPH" check -o s -- sh -c 'echo text; kill -9 $$'
expect "so does its signal" 137 "no verdict"
fact "the output is the program's" test "$(cat out)" = text
[ ! -x static ] || { sed -i s/4/0/ static.c && gcc -static -o static static.c; run "$LEAKGRAPH" check -o s ./static; expect "a static program has no verdict" 3; }
run "$LEAKGRAPH" check -o /proc/no/session -- "$CLEAN"
expect "nor has what was not recorded" 3
run "$LEAKGRAPH" check -o s -- env -u LD_PRELOAD "$CLEAN"
expect "nor what got away" 3 "was not recorded: LD_PRELOAD or LEAKGRAPH_OUT was not in its environment"
judged 3 "was not recorded: LD_PRELOAD or LEAKGRAPH_OUT was not in its environment" s
run "$LEAKGRAPH" check -o s ./no-such-program
expect "check of no program" 127

# A `dot` that takes its time, and ^C meanwhile
mkdir slow drawn
printf '#!/bin/sh\necho $$ >"%s/drawing.new" && mv "%s/drawing.new" "%s/drawing"\nexec sleep 60\n' "$WORK" "$WORK" "$WORK" >slow/dot
chmod +x slow/dot
"$LEAKGRAPH" record -o drawn.data -- "$DEMO"
env --default-signal=INT PATH="$WORK/slow:$PATH" "$LEAKGRAPH" graph --format svg -o drawn/cycles.svg drawn.data &
drawer=$!
wait_for 60 test -e drawing
kill -INT $drawer
wait $drawer
kill "$(cat drawing)"
if python3 -c 'import os, sys; os.open(sys.argv[1], os.O_TMPFILE | os.O_WRONLY)' drawn 2>/dev/null; then
    fact "^C leaves no half written file" test -z "$(ls -A drawn)"
else
    skip "^C leaves no half written file" "the file system knows no files without a name"
fi
finish
