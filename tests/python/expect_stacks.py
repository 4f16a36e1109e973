#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/expect_stacks.py SCRIPT REPORT

Compares the Python frames in REPORT (leakgraph export) with what the docstring of SCRIPT expects:

    expect SIZE FUNCTION@MARK FUNCTION:LINE FUNCTION ...      innermost first

There is a site that allocated SIZE bytes (and up to 1000 more, what went with them) and has exactly these
Python frames; a last "..." stands for any others. MARK stands for the line of SCRIPT with "# @MARK" on it.
"""
import json
import re
import sys


def marks_of(lines):
    """Line numbers by mark."""
    return {mark: number for number, line in enumerate(lines, 1) if "#" in line
            for mark in re.findall(r"@(\w+)", line.split("#", 1)[1])}


def is_name(name, wanted):
    """Up to 3.10 a code object has its plain name only."""
    return name == wanted or name == wanted.rpartition(".")[2]


def is_frame(frame, wanted, marks):
    """Function, and the line where one is wanted."""
    function, at, mark = wanted.rpartition("@")
    if at:
        return is_name(frame["function"], function) and frame["line"] == marks[mark]
    function, at, line = wanted.rpartition(":")
    if at:
        return is_name(frame["function"], function) and frame["line"] == int(line)
    return is_name(frame["function"], wanted)


def is_stack(frames, wanted, marks):
    """Are these the frames that are wanted?"""
    if wanted[-1] == "...":
        wanted = wanted[:-1]
        frames = frames[:len(wanted)]
    return len(frames) == len(wanted) and all(map(lambda f, w: is_frame(f, w, marks), frames, wanted))


def main(script, report):
    """0 when all stacks are there."""
    with open(script, encoding="utf-8") as file:
        text = file.read()
    marks = marks_of(text.splitlines())
    with open(report, encoding="utf-8") as file:
        sites = [site for process in json.load(file)["processes"] for site in process["sites"]]
    wrong = 0
    for size, frames in re.findall(r"^expect (\d+) (.*)$", text, re.M):
        found = [[frame for frame in site["stack"] if frame["language"] == "python"] for site in sites
                 if 0 <= site["allocated_bytes"] - int(size) <= 1000]
        if not any(is_stack(stack, frames.split(), marks) for stack in found):
            wrong += 1
            print("%s bytes: %s expected" % (size, frames))
            for stack in found:
                print("   found: " + " ".join("%s:%d" % (f["function"], f["line"]) for f in stack))
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
