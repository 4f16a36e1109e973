#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""expect.py EXPECTATION REPORT.json EXIT_STATUS: does a report say what is true of the program?

An expectation is a text file, one fact a line, # for comments. What it does not mention must be
uneventful: exit status 0, a verdict about leaks, and no leak, cycle, error or dropped event.

    exit_status N                 of `leakgraph record`
    process N                     the lines below are about the N-th process; there are no others
    ended HOW / status N          how the process ended, as the JSON report says it
    command NAME                  base name of its first argument
    same_pid_as N                 an image that replaced process N
    checked false                 there is no verdict about leaks
    leaks CLASS BLOCKS BYTES      direct, indirect or cycle; `leaks any`: whatever
    reachable >= BLOCKS BYTES
    site CLASS BLOCKS BYTES F     leaked by stacks whose innermost function is F
    through CLASS BLOCKS BYTES F  leaked by stacks that F is part of
    retained CLASS BYTES F        what goes with the blocks of that site
    module F M                    the leaking frame of F lies in module M
    cycles N                      in all; every group of equal ones has a `group` line
    group count N members N blocks N bytes N [retained N] [shared N]
    edge FROM TO offset N         an edge of the first group
    tagged FROM TO                an edge of the first group has a tag in its pointer
    weaken FROM TO                in every group the edge to weaken leads from a block of function FROM to TO's
    type T                        a member of some cycle has a type that names T
    pointer TYPE.LABEL            a pointer of some cycle, as member of a type (the rest of the line)
    cut TYPE.LABEL                the pointer to weaken in the first group
    only_weak TEXT                what refers weakly to the first group
    owners TEXT                   who owns what that refers to
    all_named                     every member has a type, every pointer a label
    error KIND F                  the errors, all of them; F freed
    allocated_by F                of one of them, the block
    freed_before_by F             the same, of a double free
    totals KEY N | >= N | N..M | any
    lived F N | >= N  FROM TO     so many freed blocks of function F lived between FROM and TO milliseconds
    peak F BYTES                  what sites of function F held at the peak
    peak_ms FROM TO               when the peak was reached
    pool NAME F                   all pools there are at the end, each by a function of its stack
    advice KIND F                 all advice there is, each by a function of its stack; `advice any`: whatever
"""

import json
import os
import re
import sys


def read_expectation(path):
    """-> exit status, [facts of process 1, of process 2, ...]; a fact is a list of words"""
    exit_status, processes = 0, [[]]
    with open(path) as file:
        for line in file:
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "exit_status":
                exit_status = int(words[1])
            elif words[0] == "process":
                if int(words[1]) > 1:
                    processes.append([])
            else:
                processes[-1].append(words)
    return exit_status, processes


def is_function(frame, name):
    """Whether a frame is in function `name`, however C++ spells its parameters."""
    function = frame.get("function") or ""
    return function == name or re.sub(r"\(.*", "", function).split("::")[-1] == name


def number_fits(value, words):
    """words: N, or >= N, or N..M, or any"""
    if words[0] == "any":
        return True
    if words[0] == ">=":
        return value >= int(words[1])
    low, _, high = words[0].partition("..")
    return int(low) <= value <= int(high or low)


class Process:
    """Holds one process of the report against its facts; collects what differs."""

    def __init__(self, number, report, facts, report_all):
        self.number, self.report, self.facts, self.all = number, report, facts, report_all
        self.leaks = report["leaks"]
        self.wrong = []

    def given(self, key):
        return [fact[1:] for fact in self.facts if fact[0] == key]

    def one(self, key, default):
        found = self.given(key)
        return found[0][0] if found else default

    def compare(self, what, expected, found):
        if expected != found:
            self.wrong.append(f"{what}: expected {expected}, found {found}")

    def check(self):
        self.check_end()
        self.check_totals()
        self.check_times()
        if self.one("checked", "true") == "true":
            self.check_leaks()
            self.check_sites()
            self.check_cycles()
        self.check_errors()
        self.check_pools()
        self.check_advice()
        return [f"process {self.number}: {line}" for line in self.wrong]

    def check_end(self):
        self.compare("ended", self.one("ended", "exit"), self.report["ended"])
        self.compare("status", int(self.one("status", "0")), self.report["status"])
        if self.given("command"):
            first = (self.report["command"] or [""])[0]
            self.compare("command", self.one("command", ""), os.path.basename(first))
        if self.given("same_pid_as"):
            other = self.all[int(self.one("same_pid_as", "1")) - 1]
            self.compare("pid", other["pid"], self.report["pid"])

    def check_totals(self):
        totals = self.report["totals"]
        facts = self.given("totals")
        if not any(fact[0] == "dropped" for fact in facts):
            facts.append(["dropped", "0"])
        for key, *words in facts:
            if not number_fits(totals[key], words):
                self.wrong.append(f"totals {key}: expected {' '.join(words)}, found {totals[key]}")
        if self.number == 1:  # a forked child has blocks that it did not allocate
            balance = totals["allocations"] - totals["frees"]
            self.compare("live blocks are allocations less frees", balance, totals["live_blocks"])
        at_peak = sum(site["peak_bytes"] for site in self.report["sites"])
        if totals["threads"] == 1:
            self.compare("sites at the peak add up", totals["peak_bytes"], at_peak)
        for name, size in self.given("peak"):
            self.compare(f"peak {name}", int(size), sum(
                site["peak_bytes"] for site in self.report["sites"]
                if site["stack"] and is_function(site["stack"][0], name)))
        if totals["peak_bytes"] < totals["live_bytes"]:
            self.wrong.append(f"peak {totals['peak_bytes']} below live {totals['live_bytes']}")

    def check_times(self):
        for name, *words, start, end in self.given("lived"):
            lengths = [one for site in self.report["sites"]
                       if site["stack"] and is_function(site["stack"][0], name)
                       for one in site["lifetimes"]]
            frees = sum(one["frees"] for one in lengths
                        if float(start) * 1e6 < (one["under_ns"] or 1e18) <= float(end) * 1e6)
            if not number_fits(frees, words):
                self.wrong.append(f"lived {name}: expected {' '.join(words)}, found {frees}: {lengths}")
        for start, end in self.given("peak_ms"):
            found = self.report["totals"]["peak_seconds"] * 1000
            if not float(start) <= found <= float(end):
                self.wrong.append(f"peak_ms: expected {start} to {end}, found {found}")
        for site in self.report["sites"]:
            if sum(one["frees"] for one in site["lifetimes"]) != site["frees"]:
                self.wrong.append(f"lifetimes {site['lifetimes']} of {site['frees']} frees")

    def check_leaks(self):
        self.compare("leaks.checked", True, self.leaks["checked"])
        self.compare("leaks.why_not", None, self.leaks["why_not"])
        given = self.given("leaks")
        classes = ("direct", "indirect", "cycle")
        expected = {name: [0, 0] for name in classes}
        expected.update({fact[0]: [int(n) for n in fact[1:3]] for fact in given if fact != ["any"]})
        for name in classes:
            found = self.leaks[name]
            if ["any"] not in given:
                self.compare(f"leaks {name} (blocks, bytes)", expected[name],
                             [found["blocks"], found["bytes"]])
        for unit in ("blocks", "bytes"):
            self.compare(f"classes add up to all leaked {unit}", self.leaks[unit],
                         sum(self.leaks[name][unit] for name in classes))
        for blocks, size in (fact[1:3] for fact in self.given("reachable")):
            found = self.leaks["reachable"]
            if found["blocks"] < int(blocks) or found["bytes"] < int(size):
                self.wrong.append(f"reachable: expected at least {blocks} blocks, {size} bytes, "
                                  f"found {found['blocks']}, {found['bytes']}")

    def leaked(self, leak_class, wanted):
        """Blocks, bytes and retained bytes leaked by stacks that `wanted` accepts."""
        sites = [site for site in self.leaks["sites"]
                 if site["class"] == leak_class and wanted(site["stack"])]
        return [sum(site[key] for site in sites) for key in ("blocks", "bytes", "retained_bytes")]

    def check_sites(self):
        for leak_class in ("direct", "indirect", "cycle"):
            found = self.leaks[leak_class]
            self.compare(f"sites of {leak_class} leaks add up", [found["blocks"], found["bytes"]],
                         self.leaked(leak_class, lambda stack: True)[:2])

        def innermost(name):
            return lambda stack: bool(stack) and is_function(stack[0], name)

        def through(name):
            return lambda stack: any(is_function(frame, name) for frame in stack)

        for key, wanted in (("site", innermost), ("through", through)):
            for leak_class, blocks, size, name in self.given(key):
                found = self.leaked(leak_class, wanted(name))[:2]
                self.compare(f"{key} {leak_class} {name}", [int(blocks), int(size)], found)
                if found == [0, 0]:
                    self.wrong.append("    leaking functions are " + self.leaking_functions())
        for leak_class, size, name in self.given("retained"):
            found = self.leaked(leak_class, innermost(name))[2]
            self.compare(f"retained by {leak_class} {name}", int(size), found)
        for name, module in self.given("module"):
            modules = {os.path.basename(frame["module"] or "?") for site in self.leaks["sites"]
                       for frame in site["stack"] if is_function(frame, name)}
            self.compare(f"module of {name}", {module}, modules)

    def leaking_functions(self):
        return ", ".join(sorted({(site["stack"][0]["function"] or "?") if site["stack"] else "none"
                                 for site in self.leaks["sites"]})) or "none"

    def check_cycles(self):
        groups = self.report["cycles"]
        if self.leaks["blocks"] and ["any"] in self.given("leaks"):
            return
        self.compare("cycles", int(self.one("cycles", "0")), sum(group["count"] for group in groups))
        keys = ("count", "members", "blocks", "bytes", "retained", "shared")
        found = [{"count": group["count"], "members": len(group["members"]),
                  "blocks": group["blocks"], "bytes": group["bytes"],
                  "retained": group["retained_bytes"], "shared": group["shared_bytes"]} for group in groups]
        expected = [dict(zip(fact[::2], map(int, fact[1::2]))) for fact in self.given("group")]
        found.sort(key=lambda group: [group[key] for key in keys])
        expected.sort(key=lambda group: [group.get(key, 0) for key in keys])
        if len(found) == len(expected):
            found = [{key: one[key] for key in wish} for one, wish in zip(found, expected)]
        self.compare("groups of cycles", expected, found)
        for group in groups:
            self.compare("weaken is an edge of the cycle", True,
                         0 <= group["weaken"] < len(group["edges"]))
        for start, end, _, offset in self.given("edge"):
            edges = [[edge["from"], edge["to"], edge["offset"]] for edge in groups[0]["edges"]] \
                if groups else []
            if [int(start), int(end), int(offset)] not in edges:
                self.wrong.append(f"edge {start} -> {end} at {offset}: found {edges}")
        for start, end in self.given("tagged"):
            edges = [[edge["from"], edge["to"]] for edge in groups[0]["edges"] if edge["tagged"]] \
                if groups else []
            if [int(start), int(end)] not in edges:
                self.wrong.append(f"tagged {start} -> {end}: found {edges}")
        for start, end in self.given("weaken"):
            for group in groups:
                edge = group["edges"][group["weaken"]]
                self.compare("weaken", [start, end],
                             [group["members"][edge[side]]["stack"][0]["function"]
                              for side in ("from", "to")])
        types = [member["type"] or "?" for group in groups for member in group["members"]]
        for name, in self.given("type"):
            if not any(re.search(rf"\b{re.escape(name)}\b", one) for one in types):
                self.wrong.append(f"type {name}: members are {sorted(set(types))}")

        self.check_names(groups)

    def check_names(self, groups):
        """Pointers as text: "Child.parent"."""
        def pointer(group, edge):
            return f"{group['members'][edge['from']]['type']}.{edge['label']}"
        found = sorted({pointer(group, edge) for group in groups for edge in group["edges"]})
        for words in self.given("pointer"):
            if " ".join(words) not in found:
                self.wrong.append(f"pointer {' '.join(words)}: found {found}")
        for words in self.given("cut"):
            self.compare("weaken", " ".join(words), groups and
                         pointer(groups[0], groups[0]["edges"][groups[0]["weaken"]]))
        for key in ("only_weak", "owners"):
            for words in self.given(key):
                self.compare(key, [" ".join(words)], groups and groups[0][key])
        if self.given("all_named"):
            self.compare("pointers without a name", [], [one for one in found if "None" in one])

    def check_errors(self):
        wanted = sorted(self.given("error"))
        found = []
        for error in self.report["errors"]:
            names = [name for _, name in wanted if any(is_function(f, name) for f in error["stack"])]
            stack = error["stack"]
            found.append([error["kind"], names[0] if names else
                          (stack[0]["function"] or "?") if stack else "no stack"])
        self.compare("errors", wanted, sorted(found))
        for fact, key in (("allocated_by", "allocated"), ("freed_before_by", "first_freed")):
            for name, in self.given(fact):
                if not any(is_function(frame, name) for error in self.report["errors"]
                           for frame in error[key] or []):
                    self.wrong.append(f"{fact} {name}: found {[error[key] for error in self.report['errors']]}")

    def check_pools(self):
        wanted = sorted(self.given("pool"))
        found = []
        for pool in self.report["pools"]:
            names = [name for kind, name in wanted
                     if kind == pool["name"] and any(is_function(f, name) for f in pool["stack"])]
            found.append([pool["name"], names[0] if names else "?"])
        self.compare("pools", wanted, sorted(found))

    def check_advice(self):
        wanted = sorted(self.given("advice"))
        if ["any"] in wanted:
            return
        found = []
        for advice in self.report["advice"]:
            names = [name for _, name in wanted if any(is_function(f, name) for f in advice["stack"])]
            found.append([advice["kind"], names[0] if names else advice["text"]])
        self.compare("advice", wanted, sorted(found))


def main():
    expectation, report_path, exit_status = sys.argv[1:4]
    expected_status, expected = read_expectation(expectation)
    wrong = []
    if int(exit_status) != expected_status:
        wrong.append(f"exit status: expected {expected_status}, found {exit_status}")
    with open(report_path) as file:
        found = json.load(file)["processes"]
    if len(found) != len(expected):
        wrong.append(f"processes: expected {len(expected)}, found {len(found)}: " + ", ".join(
            " ".join(process["command"] or ["?"]) for process in found))
    for i, (report, facts) in enumerate(zip(found, expected)):
        wrong += Process(i + 1, report, facts, found).check()
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
