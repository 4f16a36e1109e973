#!/bin/bash
# SPDX-License-Identifier: MIT
# What the house promises of itself: exports, headers, and no warnings from either compiler.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

fact "the preload exports the hooks only and needs libc only" scripts/check_exports "$SHIM"
fact "headers compile alone and no arrow turns back" scripts/check_headers
if command -v clang-format-14 >/dev/null; then
    fact "sources are laid out as .clang-format says" scripts/format --check
else
    skip "sources are laid out as .clang-format says" "clang-format-14 is not installed"
fi
fact "every file that the documentation names exists" scripts/check_docs
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
        -DLEAKGRAPH_VERSION='"0"' $warnings -fsyntax-only $sources
done
finish
