#!/bin/bash
# SPDX-License-Identifier: MIT
# One program, the same suppression files: what each rule hits here and what it hits in valgrind and
# LeakSanitizer.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
RULES=$ROOT/tests/suppressions

# ours FILE: "RULE BYTES BLOCKS" for each rule that hit something. One rule at a time: a report lists only
# the first ones.
ours() {
    awk -v kind="${1##*.}" '
        kind == "txt" && /^leak:/ { print >("one." ++count) }
        kind == "supp" && /^{/ { count++ }
        kind == "supp" && !/^#/ { print >("one." count) }' "$1"
    local rule
    for rule in one.*; do
        "$LEAKGRAPH" gate --suppressions "$rule" session |
            sed -n 's/^suppressed by [^ ]* (\(leak:\)\?\(.*\)): \([0-9]*\) B in \([0-9]*\) blocks\?$/\2 \3 \4/p'
    done | sort
    rm -f one.*
}

valgrinds() {
    limited 120 valgrind -v --leak-check=full --show-leak-kinds=definite,indirect --suppressions="$RULES/peers.supp" \
        ./peers 2>&1 </dev/null | tr -d , |
        sed -n 's/.*used_suppression: *[0-9]* \([^ ]*\) .*peers.supp:[0-9]* suppressed: \([0-9]*\) bytes in \([0-9]*\) blocks.*/\1 \2 \3/p' |
        sort
}

# Its quick unwinder stops at code without frame pointers.
sanitizers() {
    env LD_PRELOAD="$(gcc -print-file-name=liblsan.so)" LSAN_OPTIONS="suppressions=$RULES/peers.txt:fast_unwind_on_malloc=0" \
        timeout -k 5 60 ./peers 2>sanitizer.log >/dev/null </dev/null
    grep -q 'fatal error' sanitizer.log && return 1
    awk '/^Suppressions used:/ { on = 1; next } /^ *count/ { next } /^---/ { on = 0 }
         on && NF >= 3 { text = $0; sub(/^ *[0-9]+ +[0-9]+ /, "", text); print text, $2, $1 }' sanitizer.log | sort
}

# same FACT OURS THEIRS, files
same() {
    if [ -s "$3" ] && diff "$2" "$3" >difference; then
        ok "$1: $(wc -l <"$2") rules hit the same blocks, the others none"
    else
        not_ok "$1" difference
    fi
}

red_zone=; [ "$(uname -m)" != x86_64 ] || red_zone=-mno-red-zone # SCRUB() writes there
for level in O0 O2; do
    gcc -$level -g -I"$ROOT" -D_GNU_SOURCE -fPIC -shared -o liblosing.so "$RULES/losing_library.c"
    g++ -$level -g -I"$ROOT" $red_zone -fno-optimize-sibling-calls -o peers "$RULES/peers.cpp" -L. -llosing \
        '-Wl,-rpath,$ORIGIN'
    "$LEAKGRAPH" record -o session -- ./peers >/dev/null 2>&1
    ours "$RULES/peers.supp" >our.supp
    ours "$RULES/peers.txt" >our.txt
    if command -v valgrind >/dev/null; then
        valgrinds >their.supp
        same "as valgrind, -$level" our.supp their.supp
    else
        skip "as valgrind, -$level" "not installed"
    fi
    if sanitizers >their.txt; then
        same "as LeakSanitizer, -$level" our.txt their.txt
    else
        skip "as LeakSanitizer, -$level" "it cannot work here"
    fi
done
finish
