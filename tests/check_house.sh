#!/bin/bash
# SPDX-License-Identifier: MIT
# What the house promises of itself: exports, headers, and no warnings from either compiler.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

fact "the preload exports the hooks only and needs libc only" scripts/check_exports "$SHIM"
fact "headers compile alone and includes follow the rooms" scripts/check_headers
# planted FACT PATTERN FILE INCLUDED: the check complains of PATTERN when FILE includes INCLUDED as well
planted() {
    sed -i "1a #include \"$4\"" "$WORK/house/$3"
    if (cd "$WORK/house" && ! scripts/check_headers --rooms) >"$WORK/planted.log" && grep -q "$2" "$WORK/planted.log"; then
        ok "$1"
    else
        not_ok "$1" "$WORK/planted.log"
    fi
    cp "$3" "$WORK/house/$3"
}
mkdir "$WORK/house"
cp -r preload analyzer report scripts "$WORK/house"
planted "an include of a room above is noticed" \
    "preload/base/clock.h includes preload/scan/image.h: an arrow upward" preload/base/clock.h preload/scan/image.h
planted "an include of a folder above is noticed" \
    "analyzer/base/arena.c includes report/base/style.h: an arrow upward" analyzer/base/arena.c report/base/style.h
planted "the analyzer sees only the layout of a recording" \
    "analyzer/base/arena.c includes preload/base/clock.h: only" analyzer/base/arena.c preload/base/clock.h
planted "files that include one another are noticed" "in a circle: .*preload/base/lossy_map" \
    preload/base/private_memory.h preload/base/lossy_map.h

if command -v clang-format-14 >/dev/null; then
    fact "sources are laid out as .clang-format says" scripts/format --check
else
    skip "sources are laid out as .clang-format says" "clang-format-14 is not installed"
fi
fact "every file that the documentation names exists" scripts/check_docs
fact "functions and files are short, or say why they are not" scripts/function_lengths --check
fact "the preload links no unwinder and no C++ runtime" \
    sh -c "! readelf -d '$SHIM' | grep -E 'NEEDED.*(unwind|gcc_s|stdc)'"

warnings="-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror"
sources=$(find preload analyzer report -name '*.c'; find tests -maxdepth 1 -name '*.c')
for compiler in gcc clang-14; do
    if ! command -v $compiler >/dev/null; then
        skip "no warnings from $compiler" "not installed"
        continue
    fi
    # shellcheck disable=SC2086
    fact "no warnings from $compiler" $compiler -std=gnu11 -D_GNU_SOURCE -O2 -I. -I"$BUILD" \
        -DLEAKGRAPH_VERSION='"0"' -DLEAKGRAPH_DATE='"0"' $warnings -fsyntax-only $sources
done
finish
