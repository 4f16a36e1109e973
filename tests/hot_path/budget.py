#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""budget.py SHIM PROGRAM DOCUMENT [--update]

Counts under callgrind what each part of the shim executes for a malloc and a free, and holds it against the table
in DOCUMENT: a part that grew by more than GROWTH fails by its name. An instruction belongs to the part of the
source file it comes from, also when it was inlined. --update writes the table anew.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

GROWTH = 1.03
ROUNDING = 1            # the table has whole instructions
PAIRS = (20000, 60000)  # what start and end cost drops out of the difference
SHAPES = {"depth 8": "8 1 %d 64", "depth 8, tree": "8 5 %d 4", "depth 60": "60 1 %d 64",
          "depth 60, tree": "60 8 %d 4"}
PARTS = {
    "hook": r"hooks/|process/events|real_malloc|process_mark",
    "thread": r"recording/threads|snapshot/",
    "capture": r"call_stack|plain_stack|unwind/|lossy_map|call_frame",
    "live table": r"blocks/(live_|free_places)",
    "stale words": r"stale_words",
    "counters": r"counters|slot_records|recording/recording_|python/|freed_blocks",
    "clock": r"event_clock",
    "arch": r"arch/",
    "rest": r"",
}


def part_of(path):
    return next((part for part, pattern in PARTS.items() if re.search("preload/.*(%s)" % pattern, path)), None)


def add_costs(lines, counts):
    """The lines of a callgrind file: own costs by source file, inlined code by the file it comes from."""
    names, part, is_call = {}, None, False
    for line in lines:
        found = re.match(r"(fl|fi|fe)=\((\d+)\)(?: (.*))?", line)
        if found:
            if found.group(3):
                names[found.group(2)] = found.group(3)
            part = part_of(names[found.group(2)])
        elif line.startswith("cfi=") or line.startswith("cfl="):
            found = re.match(r"cf[il]=\((\d+)\)(?: (.*))?", line)
            if found.group(2):
                names[found.group(1)] = found.group(2)
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            if not is_call and part:
                counts[part] += int(line.split()[1])
            is_call = False


def count(shim, argv):
    counts = dict.fromkeys(PARTS, 0)
    folder = tempfile.mkdtemp()
    output = folder + "/callgrind.out"
    environment = {**os.environ, "LD_PRELOAD": shim, "LEAKGRAPH_OUT": folder}
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + output] + argv,
                          env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit("callgrind: status %d\n%s" % (done.returncode, done.stderr[-500:]))
    with open(output, encoding="utf-8") as file:
        add_costs(file, counts)
    shutil.rmtree(folder)
    return counts


def per_pair(shim, program, shape):
    few, many = (count(shim, [program] + (SHAPES[shape] % pairs).split()) for pairs in PAIRS)
    return {part: (many[part] - few[part]) / (PAIRS[1] - PAIRS[0]) for part in PARTS}


def row(part, values):
    return "| %s | %s |" % (part, " | ".join("%d" % round(value) for value in values))


def table(measured):
    lines = ["| part | %s |" % " | ".join(SHAPES), "|---|" + "--:|" * len(SHAPES)]
    lines += [row(part, [measured[shape][part] for shape in SHAPES]) for part in PARTS]
    lines.append(row("all", [sum(measured[shape].values()) for shape in SHAPES]))
    return "\n".join(lines) + "\n"


def budgets(text):
    """{shape: {part: instructions}}"""
    found = {shape: {} for shape in SHAPES}
    for part in PARTS:
        cells = re.search(r"^\| %s \|(.*)\|$" % part, text, re.MULTILINE)
        if not cells:
            sys.exit("no budget for %s" % part)
        for shape, cell in zip(SHAPES, cells.group(1).split("|")):
            found[shape][part] = int(cell)
    return found


def judge(measured, allowed):
    for part in PARTS:
        grown = ["%s: %d instead of %d" % (shape, round(measured[shape][part]), allowed[shape][part])
                 for shape in SHAPES if measured[shape][part] > allowed[shape][part] * GROWTH + ROUNDING]
        print("%sok - the %s costs no more than its budget" % ("not " if grown else "", part))
        for line in grown:
            print("#   " + line)


def main():
    shim, program, document = sys.argv[1:4]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    measured = {shape: per_pair(shim, program, shape) for shape in SHAPES}
    if sys.argv[4:] == ["--update"]:
        text = re.sub(r"\| part \|.*?\n\| all [^\n]*\n", lambda _: table(measured), text, flags=re.DOTALL)
        with open(document, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        judge(measured, budgets(text))


main()
