#!/bin/bash
# SPDX-License-Identifier: MIT
# operator new and delete are one event each, whoever implements them: allocators linked or preloaded, sanitizers,
# a runtime linked statically, and operators of the program's own.
. "$(dirname "$0")/lib.sh"

SOURCES=$ROOT/tests/operators
cd "$WORK" || exit 1
cat >compare.py <<'PYTHON'
import json, sys
process = json.load(open(sys.argv[1]))["processes"][-1]
def events(name, key):
    return sum(site[key] for site in process["sites"] if any(
        (frame["function"] or "").split("(")[0].endswith(name) for frame in site["stack"]))
wrong = []
if process["errors"]:
    wrong.append(f"wrong frees: {process['errors'][0]}")
if process["leaks"]["blocks"] != 10:
    wrong.append(f"leaked blocks: {process['leaks']['blocks']}")
for name, key, count in (("each_form", "allocations", 1400), ("each_form", "frees", 1400), ("lose", "allocations", 10)):
    if events(name, key) != count:
        wrong.append(f"{name} {key}: {events(name, key)}, expected {count}")
print("\n".join(wrong))
sys.exit(bool(wrong))
PYTHON

# seen COMMAND...: recorded, with the right counts, leaks and no wrong free
seen() {
    rm -rf session
    limited 120 "$LEAKGRAPH" record -o session -- "$@" && "$LEAKGRAPH" export --format json session >json &&
        python3 compare.py json
}
# with FACT FLAGS...: the program built so
with() {
    local name=$1
    shift
    if ! ${CXX:-c++} -std=gnu++17 -g -O1 -Wno-mismatched-new-delete -pthread -o program "$SOURCES/forms.cpp" "$@" 2>build.log; then
        skip "$name" "cannot be built"
        return
    fi
    fact "$name" seen ./program
}
# preloaded_seen LIBRARY: the user's environment preloads it, for record as well
preloaded_seen() {
    rm -rf session
    LD_PRELOAD=$1 limited 120 "$LEAKGRAPH" record -o session -- ./program &&
        "$LEAKGRAPH" export --format json session >json && python3 compare.py json
}
export LSAN_OPTIONS=detect_leaks=0
with "libstdc++ linked statically" -static-libstdc++ -static-libgcc
with "the thread sanitizer" -fsanitize=thread
with "the leak sanitizer" -fsanitize=leak
with "operators of the program that keep headers" "$SOURCES/headers.cpp"
${CXX:-c++} -std=gnu++17 -g -O1 -shared -fPIC -o libheaders.so "$SOURCES/headers.cpp"
with "operators of a library that keep headers" -L. -lheaders -Wl,-rpath,"$WORK"
for allocator in tcmalloc_minimal.so.4 jemalloc.so.2 mimalloc.so.2; do
    with "linked to lib$allocator" -Wl,--no-as-needed -l:lib$allocator
done
with "libstdc++"
for allocator in tcmalloc_minimal.so.4 jemalloc.so.2 mimalloc.so.2; do
    if LD_PRELOAD=lib$allocator ./program 2>&1 | grep -q preload; then
        skip "lib$allocator preloaded" "not installed"
        continue
    fi
    fact "lib$allocator preloaded around record" preloaded_seen lib$allocator
    fact "lib$allocator preloaded before us by a script" seen \
        bash -c "LD_PRELOAD=lib$allocator:\$LD_PRELOAD exec ./program"
done
finish
