#!/bin/bash
# SPDX-License-Identifier: MIT
# Valgrind and LeakSanitizer judge the named programs (-O0): are their totals the expected ones, or the
# differences that tests/programs/compare.table lists with their reasons? So the expectations are not ours alone.
. "$(dirname "$0")/lib.sh"
table=$ROOT/tests/programs/compare.table

expected_loss() { # NAME: "BLOCKS BYTES"
    awk '/^leaks (direct|indirect|cycle)/ { blocks += $3; bytes += $4 }
         END { print blocks + 0, bytes + 0 }' "$ROOT/tests/programs/$1.expected"
}

loss_by_valgrind() { # NAME
    limited 120 valgrind --leak-check=full --log-file="$WORK/log" "$PROGRAMS/O0/$1" >/dev/null 2>&1 </dev/null
    grep -qE 'ERROR SUMMARY' "$WORK/log" || return 1
    tr -d , <"$WORK/log" | awk '/(definitely|indirectly) lost: / { bytes += $4; blocks += $7 }
         END { print blocks + 0, bytes + 0 }'
}

loss_by_lsan() { # NAME
    env LD_PRELOAD="$lsan" LSAN_OPTIONS=detect_leaks=1 \
        timeout -k 5 60 "$PROGRAMS/O0/$1" >/dev/null 2>"$WORK/log" </dev/null
    if grep -q 'LeakSanitizer has encountered a fatal error' "$WORK/log"; then
        return 1
    fi
    sed -n 's/.*LeakSanitizer: \([0-9]*\) byte(s) leaked in \([0-9]*\) alloc.*/\2 \1/p' "$WORK/log" |
        grep . || echo 0 0
}

# compare TOOL NAME
compare() {
    local listed expected found
    listed=$(awk -v name="$2" -v tool="$1" '$1 == name && $2 == tool { print $3, $4 }' "$table")
    if [ "$listed" = "- -" ]; then
        return
    fi
    expected=${listed:-$(expected_loss "$2")}
    found=$("loss_by_$1" "$2" 2>/dev/null) || found=$("loss_by_$1" "$2" 2>/dev/null) || found="no judgement"
    if [ "$found" = "$expected" ]; then
        ok "$1 on $2: $found${listed:+ as listed}"
    else
        echo "expected $expected, $1 says $found" >"$WORK/differences"
        not_ok "$1 on $2" "$WORK/differences"
    fi
}

# One process, no children: the peers' sums would mix them up.
comparable() {
    programs O0 | while read -r name; do
        grep -q '^process' "$ROOT/tests/programs/$name.expected" || echo "$name"
    done
}

lsan=$(gcc -print-file-name=liblsan.so)
if ! command -v valgrind >/dev/null; then
    skip "valgrind" "not installed"
else
    for name in $(comparable); do
        compare valgrind "$name"
    done
fi
if [ ! -e "$lsan" ] || ! loss_by_lsan direct_leak >/dev/null; then
    skip "LeakSanitizer" "not installed, or ptrace is not allowed here"
else
    for name in $(comparable); do
        compare lsan "$name"
    done
fi
fact "every line of the table names a program" sh -c \
    "awk '/^[^#]/ { print \$1 }' '$table' | while read -r name; do test -e '$ROOT/tests/programs/'\$name.expected || exit 1; done"
current_page() {
    cp -r "$ROOT/scripts" "$ROOT/docs" "$WORK" && mkdir "$WORK/tests" && ln -s "$ROOT/tests/programs" "$WORK/tests" &&
        "$WORK/scripts/compare_page" && diff "$ROOT/docs/compared.md" "$WORK/docs/compared.md"
}
fact "docs/compared.md is what scripts/compare_page makes of the table" current_page
finish
