#!/bin/bash
# SPDX-License-Identifier: MIT
# What a program prints and how it ends is the same with and without the recorder: the named programs
# (at -O2) and real ones from Debian.
. "$(dirname "$0")/lib.sh"

# run_in FOLDER COMMAND...: output, errors and status of the command go to FOLDER/.out .err .status
run_in() {
    local folder=$1
    shift
    mkdir -p "$folder"
    # exec: a shell in between would tell of a death by signal in the program's own errors
    (cd "$folder" && exec timeout -k 5 120 "$@" >.out 2>.err </dev/null)
    echo $? >"$folder/.status"
}

# compare FACT: do plain/ and recorded/ hold the same?
compare() {
    local what
    for what in .out .err .status; do
        if ! cmp -s "$WORK/plain/$what" "$WORK/recorded/$what"; then
            diff "$WORK/plain/$what" "$WORK/recorded/$what" >"$WORK/differences"
            sed -i "1i in $what:" "$WORK/differences"
            not_ok "$1" "$WORK/differences"
            return 1
        fi
    done
    ok "$1"
}

# same FACT COMMAND...: runs it both ways in equal folders
same() {
    local name=$1
    shift
    rm -rf "$WORK/plain" "$WORK/recorded" "$WORK/session"
    run_in "$WORK/plain" "$@"
    run_in "$WORK/recorded" "$LEAKGRAPH" record -o "$WORK/session" -- "$@"
    compare "$name behaves the same"
}

# The processes of the last session: all ended by themselves, all with a verdict, something recorded.
recorded_all() {
    cat >"$WORK/recorded_all.py" <<'PYTHON'
import json, sys
processes = json.load(sys.stdin)["processes"]
wrong = [p for p in processes if p["ended"] not in ("exit", "exec") or not p["leaks"]["checked"]]
for p in wrong:
    print(p["command"], p["ended"], p["status"], p["leaks"]["why_not"])
allocations = sum(p["totals"]["allocations"] for p in processes)
print(len(processes), "processes", allocations, "allocations")
sys.exit(bool(wrong) or not processes or not allocations)
PYTHON
    "$LEAKGRAPH" export --format json "$WORK/session" | python3 "$WORK/recorded_all.py"
}

# real NAME COMMAND...: same, and the recording is complete
real() {
    same "$@"
    fact "every process of $1 is recorded to its end" recorded_all
}

for name in $(programs O2); do
    same "$name" "$PROGRAMS/O2/$name"
done

# The plain way, without the command.
rm -rf "$WORK/plain" "$WORK/recorded"
run_in "$WORK/plain" "$PROGRAMS/O2/robot_demo"
run_in "$WORK/recorded" env LD_PRELOAD="$SHIM" LEAKGRAPH_OUT="$WORK/plain-session" "$PROGRAMS/O2/robot_demo"
compare "robot_demo behaves the same under LD_PRELOAD alone"
fact "LD_PRELOAD alone leaves a session" test -n "$(ls "$WORK"/plain-session/*.lgr 2>/dev/null)"

# Debian's programs. Each writes files into its folder and prints a checksum of them.
cat >"$WORK/load.sql" <<'SQL'
CREATE TABLE scan (id INTEGER PRIMARY KEY, angle REAL, name TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO scan SELECT i, i * 0.5, 'reading ' || i FROM n;
CREATE INDEX by_name ON scan (name);
SELECT count(*), sum(angle), max(name) FROM scan WHERE name LIKE '%77%';
SQL
real "sqlite3 (bulk load)" sh -c "sqlite3 base.db <'$WORK/load.sql' && sha256sum base.db"

cat >"$WORK/work.py" <<'PYTHON'
import ctypes, json, re, sqlite3, subprocess, sys, threading, zlib
rows = [{"id": i, "name": f"node {i}", "tags": [str(i % 7)] * 5} for i in range(20000)]
text = json.dumps(rows)
print(len(text), len(json.loads(text)), len(zlib.compress(text.encode())))
found = []
def search(part):
    found.append((part, len(re.findall(rf"node \d*{part}\"", text))))
threads = [threading.Thread(target=search, args=(part,)) for part in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(found))
base = sqlite3.connect(":memory:")
base.execute("create table t (a, b)")
base.executemany("insert into t values (?, ?)", [(r["id"], r["name"]) for r in rows])
print(base.execute("select count(*), max(b) from t").fetchone())
print(subprocess.run(["sh", "-c", "echo from a child; exit 3"], capture_output=True))
print(ctypes.CDLL(None).strlen(b"nineteen characters"))
class Node: pass
for i in range(1000):
    a, b = Node(), Node()
    a.peer, b.peer = b, a
sys.exit(5)
PYTHON
same "python3" /usr/bin/python3 "$WORK/work.py"
fact "every process of python3 is recorded to its end" recorded_all
same "python3 with an uncaught exception" /usr/bin/python3 -c 'import os; {}["key"]'

seq 1 400000 | sed 's/.*/& reading number &/' >"$WORK/lines"
real "xz" sh -c "xz -c -T2 --block-size=1MiB -3 '$WORK/lines' >lines.xz && xz -dc lines.xz | cmp - '$WORK/lines' && sha256sum lines.xz"
real "gzip" sh -c "gzip -nc '$WORK/lines' | sha256sum"
real "sort" sh -c "sort -r --parallel=2 -S 2M -T . '$WORK/lines' | sha256sum"
real "tar" sh -c "mkdir d && cp '$WORK/lines' d && tar --mtime=@0 -cJf - d | tar -xJf - -O | sha256sum"
real "perl" perl -e 'my %h; $h{$_ % 1000} .= "$_," for 1..200000; print length(join "", map { $h{$_} } sort keys %h), "\n"; exit 4'

cat >"$WORK/script.sh" <<'SCRIPT'
set -o pipefail
declare -A counts
for word in $(seq 1 3000 | sed 's/[0-9]$//'); do counts[$word]=$((${counts[$word]:-0} + 1)); done
echo "${#counts[@]} words, $(seq 100 | grep -c 7), $(echo sub "$(echo sub sub)")"
cat <<< "here" | tr a-z A-Z &
wait
trap 'echo caught; exit 9' TERM
kill $$
sleep 1
SCRIPT
real "bash" bash "$WORK/script.sh"

cat >"$WORK/git.sh" <<'SCRIPT'
export GIT_AUTHOR_DATE="2024-01-01T00:00:00Z" GIT_COMMITTER_DATE="2024-01-01T00:00:00Z" HOME=$PWD
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.org
git init -q -b main repository && cd repository || exit 1
for i in $(seq 1 5); do
    mkdir -p "folder$i" && seq 1 "$i"000 >"folder$i/numbers" && git add . && git commit -q -m "commit $i"
done
git log --stat --format='%H %s' && git diff HEAD~3 | sha256sum
git checkout -q -b other HEAD~2 && seq 7 >seven && git add . && git commit -q -m other && git merge -q main
git repack -adq && git fsck && git rev-parse HEAD
SCRIPT
real "git" bash "$WORK/git.sh"

cat >"$WORK/program.cpp" <<'CPP'
#include <map>
#include <string>
#include <iostream>
int main() { std::map<std::string, int> m; m["a"] = 1; std::cout << m.size() << "\n"; }
CPP
real "g++ with the multi-threaded gold linker" \
    sh -c "g++ -O1 -fuse-ld=gold -Wl,--threads,--thread-count,2,--build-id=none '$WORK/program.cpp' -o p && ./p && sha256sum p"
finish
