#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's sample is what the demo prints, line by line; "..." stands for lines that are left out.
. "$(dirname "$0")/lib.sh" "$@"
cd "$WORK" || exit 1

"$LEAKGRAPH" record -o demo "$PROGRAMS/O2/robot_demo" >/dev/null 2>&1
"$LEAKGRAPH" report -o report demo
fact "the README's sample is what the demo prints" python3 - "$ROOT/README.md" <<'PYTHON'
import re, sys

def plain(line):
    """Without what differs from run to run: numbers of processes, times, where the program lies."""
    line = re.sub(r"pid \d+", "pid N", line.rstrip())
    line = re.sub(r"^\S*/robot_demo  ", "robot_demo  ", line)
    return re.sub(r"[\d.]+ (us|ms|s)\b", "TIME", line)

readme = open(sys.argv[1]).read()
sample = readme[readme.index("$ leakgraph report\n"):]
sample = [plain(line) for line in sample[:sample.index("\n```")].split("\n")[1:]]
report = [plain(line) for line in open("report").read().split("\n")]
for section in "The heap keeps growing", "Places that keep growing": # of a slow run the leak is seen growing, too
    for at in [at for at, line in enumerate(report) if line.startswith(section)]:
        del report[at:report.index("", at) + 1]
at, gap = 0, False
for line in sample:
    if line.strip() == "..." or (gap and not line):
        gap = True
        continue
    found = report.index(line, at) if line in report[at:] else None
    assert found is not None, "not printed (any more): " + line
    assert gap or found == at, "not in the README: " + report[at]
    at, gap = found + 1, False
PYTHON
finish
