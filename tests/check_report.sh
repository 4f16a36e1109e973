#!/bin/bash
# SPDX-License-Identifier: MIT
# leakgraph report: trees, threads, modules, names, widths, progress.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1

"$LEAKGRAPH" record -o threads "$PROGRAMS/O0/worker_threads" >/dev/null 2>&1
"$LEAKGRAPH" record -o demo "$PROGRAMS/O0/robot_demo" >/dev/null 2>&1
"$LEAKGRAPH" export -o demo.json demo

# in_report PATTERN ARGUMENT...: the report with these arguments has such a line
in_report() {
    local pattern=$1
    shift
    "$LEAKGRAPH" report "$@" >out 2>&1 || return
    cat out
    grep -qE -- "$pattern" out
}
not_in_report() {
    local pattern=$1
    shift
    "$LEAKGRAPH" report "$@" >out 2>&1 || return
    cat out
    ! grep -qE -- "$pattern" out
}

# Trees
fact "a tree from below starts at who allocates, then its callers" \
    in_report '^ +40\.0 KiB +31%  process_frame \(robot_demo\.cpp\) › main \(robot_demo\.cpp\)$' --tree bottom-up demo
fact "a tree from above starts at main" \
    in_report '^ +[0-9.]+ KiB +[0-9]+%  main \(robot_demo\.cpp\)$' --tree top-down demo
fact "what it called is below" \
    in_report '^ +40\.0 KiB +31%    process_frame \(robot_demo\.cpp\)$' --tree top-down demo
fact "its cost can be chosen" \
    in_report '^ +1,000 +24%  read_sensor ' --tree bottom-up --cost allocations demo
fact "the sum of a tree is the process's" python3 -c '
import json, re, subprocess, sys
out = subprocess.run([sys.argv[1], "report", "--tree", "bottom-up", "--cost", "allocations", "demo"],
                     capture_output=True, text=True, check=True).stdout
top = [int(line[:15].replace(",", "")) for line in out.splitlines() if re.match(r" +[\d,]+ +<?\d+%  \S", line)]
assert sum(top) == json.load(open("demo.json"))["processes"][0]["totals"]["allocations"], out' "$LEAKGRAPH"
fact "--top bounds each level" sh -c "'$LEAKGRAPH' report --tree bottom-up --top 2 demo | grep -cE '^ +[0-9]' | grep -qx 3"
fact "by thread, threads come first" \
    in_report '^ +[0-9.]+ [KM]iB +100%  thread worker_threads$' --tree top-down --by-thread threads
for wrong in "--cost leaked" "--tree sideways" "--tree top-down --retained" "--tree top-down --by-thread --cost peak"; do
    # shellcheck disable=SC2086
    "$LEAKGRAPH" report $wrong demo >out 2>err
    fact "report $wrong is wrong use" test $? = 2 -a ! -s out
done

# Threads and modules
fact "threads are shown with their allocations" \
    in_report '^ +[0-9,]+ +[0-9,]+ +[0-9.]+ KiB  worker_threads  tid [0-9]+$' --by-thread threads
fact "and where" in_report '^ +[0-9,]+ +[0-9.]+ KiB    work \(worker_threads\.cpp:37\)$' --by-thread threads
fact "a module is chosen by a part of its name" in_report 'process_frame \(robot_demo.cpp:[0-9]+\)$' --module robot demo
fact "what others allocated is not shown" not_in_report 'libstdc' --module robot demo
fact "the verdict stays that of the whole" in_report '^1 leak and 20 cycles: ' --module libstdc demo
fact "and the module's share is one of the whole" in_report '^ +7[0-9.]+ KiB +5[0-9]%  libstdc' --module 'libstdc*' demo
"$LEAKGRAPH" report --module nonsense demo >out 2>err
fact "a module that allocated nothing is wrong use" test $? = 2 -a ! -s out
fact "and is named" grep -q "no module that matches 'nonsense' allocated" err

# The user's own function stands for a stack even when only its callers have lines.
cat >map.c <<'SOURCE'
#include <stdlib.h>
void *kept;
__attribute__((noinline)) void load_map(void) { kept = malloc(100000); }
SOURCE
cat >step.c <<'SOURCE'
void load_map(void);
__attribute__((noinline)) void run_step(void) { load_map(); __asm__ volatile(""); }
int main(void) { for (int i = 0; i < 10; i++) run_step(); return 0; }
SOURCE
"${CC:-gcc}" -O1 -fPIC -shared -fno-optimize-sibling-calls -o libmap.so map.c &&
    "${CC:-gcc}" -g -O1 -fno-optimize-sibling-calls -o step step.c -L. -lmap -Wl,-rpath,"$WORK"
"$LEAKGRAPH" record -o step.data ./step
fact "the user's function without a line stands before its caller's line" \
    in_report '^ +[0-9.]+ KiB +[0-9]+%  load_map \(libmap\.so\)$' step.data
fact "and the caller's line is in the stack" in_report '^ +run_step \(step\.c:2\)$' step.data

# Names
cat >names.cpp <<'CPP'
#include <map>
#include <string>
#include <vector>
template <class Key, class Value> struct Store {
    std::map<Key, Value> held;
    __attribute__((noinline)) void keep() { new char[5000]; held[Key()] = Value(); }
};
int main() { static Store<std::string, std::vector<std::string>> store; store.keep(); }
CPP
build names names.cpp && "$LEAKGRAPH" record -o names.data ./names
fact "names of templates are short" in_report 'Store<string, vector<string>>::keep \(names\.cpp:6\)' names.data
fact "--full-names has all of them" in_report 'Store<std::__cxx11::basic_string<char, .*::keep \(names\.cpp:6\)' --full-names names.data

fact "flame graphs have them, too" sh -c "'$LEAKGRAPH' flame --full-names names.data | grep -q 'Store<std::__cxx11::basic_string<char, '"
fact "an empty tree is reported as such" in_report '^Leaked bytes: 0 B, so there is no tree$' --tree top-down --cost leaked threads

# A cycle whose parts a recursive function made, from as many call stacks as it is deep
cat >tree.cpp <<'CPP'
#include <memory>
#include <vector>
struct Node { std::vector<std::shared_ptr<Node>> children; std::shared_ptr<Node> parent; char *text = nullptr; };
static void grow(int depth, const std::shared_ptr<Node> &parent) {
    for (int i = 0; depth && i < 2; i++) {
        auto node = std::make_shared<Node>();
        node->parent = parent;
        node->text = new char[50];
        parent->children.push_back(node);
        grow(depth - 1, node);
    }
}
int main() { grow(5, std::make_shared<Node>()); }
CPP
build tree tree.cpp && "$LEAKGRAPH" record -o tree.data ./tree
"$LEAKGRAPH" report tree.data >out
fact "what a cycle holds is shown once per place" \
    sh -c 'cat out; test "$(grep -cE "holds .* in (61|62) blocks: .*\(tree.cpp:8\)$" out)" = 1 && test "$(grep -c "holds " out)" -le 2'
fact "call stacks end at main" sh -c '! grep -qE "_start|__libc_start" out'
fact "but for --stacks 0" in_report '_start \(tree\)' --stacks 0 tree.data

# Widths: of characters, whatever a locale thinks of the dots.
fits() {
    local width=$1
    shift
    COLUMNS=$width "$LEAKGRAPH" report "$@" >out || return
    python3 -c '
import sys
wide = [line for line in open("out").read().split("\n")[1:] if len(line) > int(sys.argv[1])]
assert not wide, wide' "$width"
}
for width in 80 140; do
    fact "a report fits $width columns" fits $width names.data
    fact "a tree fits $width columns" fits $width --tree top-down demo
    fact "threads fit $width columns" fits $width --by-thread threads
done

# Progress: of a step over a second, and only on a terminal.
build many "$ROOT/tests/reports/many_sites.c" && "$LEAKGRAPH" record -o many.data ./many
if command -v script >/dev/null; then
    # More than a pipe holds, and nobody reads it until the step is told.
    cat >slow.sh <<SH
'$LEAKGRAPH' export many.data | { until grep -q 'leakgraph: writing' seen; do sleep 0.05; done; cat >/dev/null; }
SH
    TERM=xterm limited 60 script -qec "sh slow.sh" /dev/null >seen </dev/null
    fact "a step that takes over a second is announced on a terminal" grep -q 'leakgraph: writing ' seen
    fact "and wiped out" sh -c 'od -An -c seen | tr -d " \n" | grep -q "033\[K$"'
    TERM=xterm script -qec "'$LEAKGRAPH' report --no-symbols demo >/dev/null" /dev/null >quick </dev/null
    fact "a quick step is not announced" test ! -s quick
else
    skip "progress is announced on a terminal" "no script(1)"
fi

# Who allocates is a function of a library without lines; the program around it has some.
for level in O0 O2; do
    gcc -$level -shared -fPIC -o "$WORK/libplugin.so" "$ROOT/tests/reports/library_without_lines.c" &&
        gcc -g -$level -o "$WORK/lines" "$ROOT/tests/reports/program_with_lines.c" -L"$WORK" -lplugin -Wl,-rpath,"$WORK" || exit 1
    rm -rf "$WORK/lines.data"
    "$LEAKGRAPH" record -o "$WORK/lines.data" -- "$WORK/lines" >/dev/null
    fact "the innermost function with a name is told, though only callers have lines, -$level" \
        in_report '^ +by load_map \(libplugin\.so\)$' "$WORK/lines.data"
    fact "and the caller's line stands below, -$level" grep -qE '^ +run_timers \(program_with_lines\.c:8\)$' out
done

L=$PROGRAMS/O0/direct_leak
"$LEAKGRAPH" record -o alike -- sh -c "'$L'; '$L'; '$L'; true" >/dev/null 2>&1
fact "of runs that lost the same, one is shown" sh -c "'$LEAKGRAPH' report alike >out && [ \$(grep -c '^Leaks:' out) = 1 ]"
fact "and counted in one line" grep -qE '^ +2 ×  direct_leak .* 100 B lost$' out
"$LEAKGRAPH" report --tree top-down many.data >/dev/null 2>err
fact "progress is announced nowhere else" test ! -s err
finish
