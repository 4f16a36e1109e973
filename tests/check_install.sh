#!/bin/bash
# SPDX-License-Identifier: MIT
# `make install` gives a command that works from where it was put, without the build folder.
. "$(dirname "$0")/lib.sh"

mode=$(basename "$BUILD")
fact "make install" make -C "$ROOT" --no-print-directory MODE="$mode" PREFIX=/usr DESTDIR="$WORK/root" install
installed=$WORK/root/usr/bin/leakgraph
fact "the command is installed" test -x "$installed"
fact "the preload is installed" test -f "$WORK/root/usr/lib/leakgraph/libleakgraph.so"
fact "a C and a C++ program can include the header and need no library for it" sh -c "
    printf '#include <leakgraph.h>\nint main(void) { return leakgraph_snapshot(\"now\"); }\n' >'$WORK/call.c'
    cc -Wall -Wextra -Werror -I '$WORK/root/usr/include' -o '$WORK/call' '$WORK/call.c' && '$WORK/call' &&
    c++ -x c++ -Wall -Wextra -Werror -I '$WORK/root/usr/include' -o '$WORK/call++' '$WORK/call.c' && '$WORK/call++'"
fact "there is a man page" test -n "$(find "$WORK/root/usr/share/man/man1" -name 'leakgraph*.1*' 2>/dev/null)"
fact "and a completion for bash" bash -n "$WORK/root/usr/share/bash-completion/completions/leakgraph"
fact "and for zsh and fish" test -s "$WORK/root/usr/share/zsh/site-functions/_leakgraph" \
    -a -s "$WORK/root/usr/share/fish/vendor_completions.d/leakgraph.fish"
fact "the installed command knows its version" "$installed" --version

limited 60 "$installed" record -o "$WORK/session" -- cat /proc/self/maps >"$WORK/maps" 2>&1
fact "the installed preload is used" grep -q "$WORK/root/usr/lib/leakgraph/libleakgraph.so" "$WORK/maps"
limited 60 "$installed" record -o "$WORK/session" -- "$PROGRAMS/O2/direct_leak"
fact "the installed command reports" "$installed" report "$WORK/session"
fact "and its gate fails for a leak" sh -c "'$installed' gate '$WORK/session' >/dev/null 2>&1; test \$? = 1"
finish
