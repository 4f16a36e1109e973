#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/python/expect_script.py SCRIPT REPORT: the conditions in the docstring of SCRIPT, lines "expect ...", hold
for REPORT (leakgraph export). They know `processes` and `main`, the one that was started first."""
import json
import re
import sys


def garbage(processes, what):
    """What each process has, sorted."""
    return sorted(process["python"]["garbage_" + what] for process in processes if process["python"])


def main(script, report):
    with open(report, encoding="utf-8") as file:
        processes = json.load(file)["processes"]
    with open(script, encoding="utf-8") as file:
        conditions = re.findall(r"^expect (.*)$", file.read(), re.M)
    names = {"processes": processes, "garbage": garbage, "main": min(processes, key=lambda one: one["started"])}
    failed = [condition for condition in conditions if not eval(condition, names)]
    for condition in failed:
        print("does not hold:", condition)
    for process in processes:
        print(process["pid"], process["command"], process["ended"], process["status"], process["leaks"]["blocks"],
              {key: value for key, value in (process["python"] or {}).items() if key.startswith("garbage")})
    return not conditions or bool(failed)


sys.exit(main(*sys.argv[1:]))
