#!/bin/bash
# SPDX-License-Identifier: MIT
# What well-known libraries keep for good is suppressed, counted and said; what the program loses through them is not.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
SOURCES=$ROOT/tests/libraries
red_zone=; [ "$(uname -m)" != x86_64 ] || red_zone=-mno-red-zone # SCRUB() writes there

cat >lost.py <<'PYTHON'
"""lost.py REPORT NAME LOST...: the suppression NAME applied (-: none did), and exactly LOST is lost: "function", or sizes."""
import json, sys
leaks = json.load(open(sys.argv[1]))["processes"][0]["leaks"]
names = [one["name"] for one in leaks["builtin_suppressions"]]
lost = sorted(next((frame["function"] for frame in leak["stack"] if (frame["function"] or "").startswith("lose")),
                   str(leak["bytes"] // leak["blocks"])) for leak in leaks["sites"] if leak["class"] != "indirect")
print(names, lost, leaks["bytes"])
wanted = sorted(sys.argv[3:])
sys.exit((names or ["-"]) != [sys.argv[2]] or sorted(set(lost)) != wanted)
PYTHON
# lost NAME LOST... -- COMMAND...
lost() {
    local wanted=()
    while [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    rm -rf session
    limited 120 "$LEAKGRAPH" record -o session -- "$@" >out 2>err
    "$LEAKGRAPH" export --format json session >json && python3 lost.py json "${wanted[@]}"
}
said() {
    "$LEAKGRAPH" gate session | grep -q "^suppressed by built-in $1: .* in [0-9]* blocks\?$" &&
        "$LEAKGRAPH" report session | grep -q "blocks\?, $1: " && "$LEAKGRAPH" gate --list-suppressions | grep -q "^built-in: $1: ..."
}

for level in 0 2; do
    if build glib "$SOURCES/glib_user.c" -O$level $red_zone -Wl,--no-as-needed $(pkg-config --cflags --libs gobject-2.0) 2>/dev/null; then
        fact "GLib's old tables are suppressed, lost objects are not, -O$level" \
            lost glib lose_an_image lose_a_name lose_in_the_class -- ./glib
        fact "GLib's suppression is listed and counted, -O$level" said glib
    else
        skip "GLib, -O$level" "its headers are not installed"
    fi
    if build dbus "$SOURCES/dbus_user.c" -O$level $red_zone -Wl,--no-as-needed $(pkg-config --cflags --libs dbus-1) 2>/dev/null; then
        fact "lost messages of libdbus are leaks, -O$level" lost - lose_a_message -- ./dbus
    else
        skip "libdbus, -O$level" "its headers are not installed"
    fi
    for library in libdbus-1.so.3 swrast_dri.so libother.so; do
        $CC -g -O$level -fPIC -shared $red_zone -I"$ROOT" -o $library -Wl,-soname,$library "$SOURCES/stand_in.c" -pthread
        build "${library%%.*}_user" "$SOURCES/stand_in_user.c" -O$level $red_zone -Wl,--no-as-needed ./$library '-Wl,-rpath,$ORIGIN'
    done
    fact "libdbus: its start and its shared connection, but no error and nothing else, -O$level" \
        lost dbus 1004 1006 2002 2005 lose -- ./libdbus-1_user
    fact "libdbus's suppression is listed and counted, -O$level" said dbus
    fact "a driver of Mesa: its start, its display, its threads, but no context and no callback, -O$level" \
        lost mesa 1003 2002 2005 lose -- ./swrast_dri_user
    fact "Mesa's suppression is listed and counted, -O$level" said mesa
    fact "another library: all of it is lost, -O$level" \
        lost - 1001 1003 1004 1006 2002 2005 lose -- ./libother_user
done

if command -v java >/dev/null; then
    fact "a Java machine that does nothing loses nothing" lost jvm -- java -Xshare:auto -Xint -version
    fact "the Java machine's suppression is listed and counted" said jvm
else
    skip "Java" "not installed"
fi

$CC -g -O0 -fPIC -shared -I"$ROOT" $red_zone -o libother.so -Wl,-soname,libother.so "$SOURCES/stand_in.c" -pthread
candidates() {
    "$ROOT/scripts/suppression_candidates" -l "$LEAKGRAPH" -x -- ./libother_user >found.supp 2>/dev/null &&
        grep -q '^# libother.so: 2008 B in 2 blocks$' found.supp && grep -q '^   libother.so: eglInitialize$' found.supp || return 1
    "$LEAKGRAPH" record -o session -- ./libother_user >/dev/null 2>&1
    "$LEAKGRAPH" gate --suppressions found.supp session
}
fact "suppression candidates, taken over, leave nothing" candidates
users_are_left() {
    "$ROOT/scripts/suppression_candidates" -l "$LEAKGRAPH" session >found.supp && ! grep -q 'lose$' found.supp &&
        grep -q '^# not listed: 12035 B in 9 blocks of code with a source file' found.supp
}
fact "code with a source file is counted, but is no candidate" users_are_left
finish
