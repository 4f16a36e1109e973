#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/python/compare_lines.py SAID REPORT

Compares what tracemalloc said of each line (attribution.py traced) with REPORT (leakgraph export): live blocks
and bytes must be the same to 1 %, but for a few objects. tracemalloc takes an object that Python makes
again from a free list for a new one of the line that does so; to us it is what it was.
"""
import json
import os
import sys

FEW_BLOCKS = 16
FEW_BYTES = 1024


def lines_said(path):
    """Blocks and bytes by file and line."""
    said = {}
    with open(path, encoding="utf-8") as file:
        for entry in file:
            name, line, blocks, size = entry.split()
            said[name, int(line)] = int(blocks), int(size)
    return said


def lines_found(path):
    """The same of the innermost Python frames of the report's sites."""
    found = {}
    with open(path, encoding="utf-8") as file:
        sites = [site for process in json.load(file)["processes"] for site in process["sites"]]
    for site in sites:
        frame = next((frame for frame in site["stack"] if frame["language"] == "python"), None)
        if frame:
            place = os.path.basename(frame["file"]), frame["line"]
            blocks, size = found.get(place, (0, 0))
            found[place] = blocks + site["live_blocks"], size + site["live_bytes"]
    return found


def is_near(number, wanted, few):
    """To 1 %, or nearly."""
    return abs(number - wanted) <= max(few, wanted / 100)


def main(said_path, report_path):
    """The number of lines that differ."""
    said, found = lines_said(said_path), lines_found(report_path)
    different = 0
    for place, (blocks, size) in sorted(said.items()):
        here = found.get(place, (0, 0))
        if not is_near(here[0], blocks, FEW_BLOCKS) or not is_near(here[1], size, FEW_BYTES):
            different += 1
            print("%s:%d: %d blocks, %d bytes; tracemalloc has %d, %d" % (*place, *here, blocks, size))
    total = [sum(entry[i] for entry in said.values()) for i in (0, 1)]
    here = [sum(found.get(place, (0, 0))[i] for place in said) for i in (0, 1)]
    print("%d lines, %d blocks in %d bytes; tracemalloc has %d in %d" % (len(said), *here, *total))
    if not said or not is_near(here[0], total[0], 0) or not is_near(here[1], total[1], 0):
        different += 1
    return different


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
