#!/bin/bash
# SPDX-License-Identifier: MIT
# SIGKILL at any moment leaves a recording that opens, with the totals of that moment: the program
# counts for itself in a shared file what it began and what it finished.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/compare.py" <<'PYTHON'
import json, struct, sys
words = struct.unpack("9Q", open(sys.argv[1], "rb").read(72))
begun = [words[1] + words[5], words[3] + words[7]]
done = [words[2] + words[6], words[4] + words[8]]
process, = json.load(open(sys.argv[2]))["processes"]
totals, startup = process["totals"], 10  # blocks of the loader and of pthread_create
wrong = []
for key, low, high in (("allocations", done[0], begun[0]), ("frees", done[1], begun[1])):
    if not low <= totals[key] <= high + startup:
        wrong.append(f"{key}: {totals[key]}, the program counted {low} to {high}")
if process["leaks"]["checked"]:
    wrong.append("a verdict about leaks without a snapshot")
if sys.argv[3] == "record" and (process["ended"], process["status"]) != ("killed", 9):
    wrong.append(f"ended {process['ended']} {process['status']}")
print("\n".join(wrong + [f"{done[0]} allocations"]))
sys.exit(bool(wrong))
PYTHON

# has_pid: the program writes its own into the first word of the file
has_pid() {
    pid=$(od -An -t u8 -N 8 "$WORK/counts" 2>/dev/null | tr -d ' ')
    [ "${pid:-0}" != 0 ]
}

# kill_once HOW MILLISECONDS: HOW is record, or preload for LD_PRELOAD alone
kill_once() {
    local pid='' job
    rm -rf "$WORK/session" "$WORK/counts" "$WORK/report.json"
    if [ "$1" = record ]; then
        "$LEAKGRAPH" record -o "$WORK/session" -- "$PROGRAMS/O2/counts_itself" "$WORK/counts" 1000000000 &
    else
        LD_PRELOAD=$SHIM LEAKGRAPH_OUT=$WORK/session "$PROGRAMS/O2/counts_itself" "$WORK/counts" 1000000000 &
    fi
    job=$!
    if ! wait_for 30 has_pid; then
        kill -KILL $job
        echo "the program did not start"
        return 1
    fi
    sleep "0.$(printf %03d "$2")" # the moment to kill it at
    kill -KILL "$pid"
    wait $job 2>/dev/null
    "$LEAKGRAPH" export --format json -o "$WORK/report.json" "$WORK/session" &&
        python3 "$WORK/compare.py" "$WORK/counts" "$WORK/report.json" "$1"
}

for round in $(seq 20); do
    how=record
    [ $((round % 4)) != 0 ] || how=preload
    after=$((RANDOM % 400))
    fact "killed after $after ms ($how, round $round): totals are those of that moment" kill_once $how $after
done 2>/dev/null

# The launcher itself is killed: the program goes on, undisturbed.
rm -rf "$WORK/session" "$WORK/counts"
hold
"$LEAKGRAPH" record -o "$WORK/session" -- \
    sh -c 'echo started >"$0/started"; read -r line; echo still here >"$0/proof"' "$WORK" <"$WORK/held" 9>&- &
wait_for 30 test -s "$WORK/started"
kill -KILL $!
wait $! 2>/dev/null
release
fact "a program outlives its killed launcher" wait_for 30 test -s "$WORK/proof"

# A killed process that nobody has waited for is in /proc still.
cat >"$WORK/zombie.py" <<'PYTHON'
import json, os, subprocess, sys
leakgraph, shim, program, folder = sys.argv[1:]
child = subprocess.Popen([program, folder + "/counts", "1000000000"],
                         env={"LD_PRELOAD": shim, "LEAKGRAPH_OUT": folder + "/session"})
while not (os.path.exists(folder + "/counts") and any(open(folder + "/counts", "rb").read(8))):
    pass
child.kill()
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
report = subprocess.run([leakgraph, "export", folder + "/session"], stdout=subprocess.PIPE, check=True).stdout
process, = json.loads(report)["processes"]
print(process["ended"])
sys.exit(process["ended"] != "killed")
PYTHON
rm -rf "$WORK/session" "$WORK/counts"
fact "a zombie is a killed process, not a running one" limited 60 \
    python3 "$WORK/zombie.py" "$LEAKGRAPH" "$SHIM" "$PROGRAMS/O2/counts_itself" "$WORK"
finish
