#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/check_capture.sh [BUILD]: every stack that is captured equals libunwind's, in programs made of odd
# frames and in real ones. Mismatches are counted by kind in verify mode (preload/blocks/verify.h).
. "$(dirname "$0")/lib.sh"

SOURCES=$ROOT/tests/capture

# The stack table alone, before anything that needs libunwind.
"$CC" -std=gnu11 -D_GNU_SOURCE -I"$ROOT" -O2 -o "$WORK/stack_table_threads" -pthread \
    "$SOURCES/stack_table_threads.c" \
    "$ROOT"/preload/{unwind/stack_table,unwind/site_index,recording/recording_table,recording/recording_writer,base/private_memory}.c &&
    fact "a stack stored by four threads at once has one site, and its frames" \
        "$WORK/stack_table_threads" "$WORK/stack_table"

if ! ldconfig -p | grep -q 'libunwind\.so\.8'; then
    skip "captured stacks equal libunwind's" "libunwind.so.8 is not installed"
    finish
fi
"$CC" -std=gnu11 -D_GNU_SOURCE -I"$ROOT" -Wall -Wextra -o "$WORK/counts" "$SOURCES/counts.c" || exit 1

# verified COMMAND...: records it in verify mode; leaves its counts in `counts`
verified() {
    rm -rf "$WORK/session"
    LEAKGRAPH_VERIFY=1 LEAKGRAPH_OUT=$WORK/session LD_PRELOAD=$SHIM \
        limited 300 "$@" >"$WORK/output" 2>&1
    status=$?
    counts=$("$WORK/counts" "$WORK"/session/*.lgr 2>&1)
}

value() {
    sed "s/.*\<$1=\([0-9]*\).*/\1/" <<<"$counts"
}

# same_stacks FACT AT_LEAST COMMAND...: so many stacks, none wrong, none cut
same_stacks() {
    local name=$1 least=$2
    shift 2
    verified "$@"
    echo "status $status; $counts" >>"$WORK/output"
    if [ "$status" = 0 ] && [ "$(value stacks)" -ge "$least" ] && [ "$(value mismatches)" = 0 ] &&
        [ "$(value cut)" = 0 ]; then
        ok "$name ($(value stacks) stacks)"
    else
        not_ok "$name" <(tail -n 3 "$WORK/output")
    fi
}

for flags in "-O0" "-O2" "-O2 -mstackrealign" "-O2 -fno-omit-frame-pointer" "-Os -fomit-frame-pointer" \
    "-O3 -march=x86-64-v2 -fcf-protection=none"; do
    build "$WORK/odd_frames" "$SOURCES/odd_frames.cpp" $flags &&
        same_stacks "odd frames of C++ at $flags" 20000 "$WORK/odd_frames" 150
done

for flags in "-O0" "-O2" "-O2 -Wl,-z,lazy -fno-plt" "-O2 -Wl,-z,lazy"; do
    build "$WORK/signals" "$SOURCES/signals.c" $flags || continue
    same_stacks "signals at any time on the program's stacks at $flags" 2000 "$WORK/signals" 3000
    same_stacks "signals at any time on an alternate stack at $flags" 2000 "$WORK/signals" 3000 alternate
    fact "the program lives through them at $flags" env LEAKGRAPH_OUT="$WORK/unverified" \
        LD_PRELOAD="$SHIM" timeout -k 5 100 "$WORK/signals" 30000
done

build "$WORK/one.so" "$SOURCES/reloaded_library.c" -O2 -fPIC -shared -DFRAME_BYTES=40
build "$WORK/two.so" "$SOURCES/reloaded_library.c" -O2 -fPIC -shared -DFRAME_BYTES=72
build "$WORK/reload" "$SOURCES/reload.c" -O2 -pthread
same_stacks "libraries that follow one another at one address" 1000 \
    "$WORK/reload" "$WORK/one.so" "$WORK/two.so"

build "$WORK/same_place" "$SOURCES/same_place.c" -O2 -fno-optimize-sibling-calls
same_stacks "stacks that differ in what the frame pointer tells only" 800 "$WORK/same_place"

build "$WORK/kept_frames" "$SOURCES/kept_frames.c" -O2 -fno-optimize-sibling-calls
same_stacks "stacks whose inner frames are kept, but not their caller" 500 "$WORK/kept_frames"

for flags in "-O0" "-O2"; do
    build "$WORK/moved_frames" "$SOURCES/moved_frames.c" $flags -fno-optimize-sibling-calls &&
        same_stacks "frames that stand at another call, or in another function, at $flags" 4000 \
            "$WORK/moved_frames"
done

build "$WORK/provider.so" "$SOURCES/lazy_library.c" -O2 -fPIC -shared -DPROVIDER
build "$WORK/caller.so" "$SOURCES/lazy_library.c" -O2 -fPIC -shared -Wl,-z,lazy
build "$WORK/lazy" "$SOURCES/lazy.c" -O2
same_stacks "allocations of the lazy binding" 5 "$WORK/lazy" "$WORK/provider.so" "$WORK/caller.so"

build "$WORK/deep" "$SOURCES/deep.c" -O1 -fno-optimize-sibling-calls
same_stacks "a stack of 10,000 frames" 20 "$WORK/deep" 10000
same_stacks "a stack of 60,000 frames" 100 "$WORK/deep" 60000
verified "$WORK/deep" 80000
if [ "$status" = 0 ] && [ "$(value mismatches)" = 0 ] && [ "$(value dropped_frames)" -gt 0 ]; then
    ok "a stack of 80,000 frames is cut, and that is counted"
else
    not_ok "a stack of 80,000 frames is cut, and that is counted" <(echo "status $status; $counts")
fi

build "$WORK/generated_code" "$SOURCES/generated_code.c" -O2
same_stacks "code without unwind information" 1000 "$WORK/generated_code"

same_stacks "python3" 1000 /usr/bin/python3 -c '
import ctypes, decimal, json, sqlite3, subprocess
rows = json.loads(json.dumps([{"a": i, "b": [i] * 20} for i in range(200)]))
database = sqlite3.connect(":memory:")
database.execute("create table t(a, b)")
database.executemany("insert into t values (?, ?)", [(r["a"], str(r["b"])) for r in rows])
callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda a, b: 0)
numbers = (ctypes.c_int * 20)(*range(20))
ctypes.CDLL(None).qsort(numbers, 20, 4, callback)
subprocess.run(["true"])'
same_stacks "python3 with PYTHONMALLOC=malloc" 20000 env PYTHONMALLOC=malloc /usr/bin/python3 -c '
import json, re
for i in range(20):
    json.loads(json.dumps({str(k): list(range(k)) for k in range(20)}))
    re.sub("a+(b|c)*", "x", "aabcbc" * 20)'

program() {
    command -v "$1" >/dev/null
}
if program sqlite3; then
    same_stacks "sqlite3" 200 sqlite3 :memory: 'create table t(a, b);
        with recursive c(x) as (select 1 union all select x + 1 from c where x < 3000)
        insert into t select x, x * 2 from c; select count(*) from t where a > 7;'
else
    skip "sqlite3" "not installed"
fi
if program git; then
    git -c user.name=a -c user.email=b init -q "$WORK/repository"
    find "$ROOT"/preload -name '*.c' -exec cp {} "$WORK/repository" +
    same_stacks "git add" 100 git -C "$WORK/repository" add .
    same_stacks "git diff" 100 git -C "$WORK/repository" diff --cached --stat -p
else
    skip "git" "not installed"
fi
compiler=$("$CXX" -print-prog-name=cc1plus)
if [ -x "$compiler" ]; then
    printf '#include <map>\n#include <string>\nstd::map<std::string, int> m;\n' >"$WORK/header.cpp"
    same_stacks "cc1plus" 10000 "$compiler" -quiet -O1 "$WORK/header.cpp" -o "$WORK/header.s" \
        $("$CXX" -E -v -x c++ /dev/null 2>&1 | sed -n '/^#include <...>/,/^End/{/^ /s/^ /-isystem/p}')
else
    skip "cc1plus" "not installed"
fi
if program node; then
    same_stacks "node" 1000 node -e 'const a = []; for (let i = 0; i < 1000; i++) a.push({i, s: "x".repeat(i)});
        JSON.parse(JSON.stringify(a)); Buffer.alloc(100000)'
else
    skip "node" "not installed"
fi
finish
