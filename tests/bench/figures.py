# SPDX-License-Identifier: MIT
"""What follows from the raw numbers of one workload: medians, ratios, what a tool added."""
from statistics import median

SLOW = ("lsan-whole", "memcheck", "massif", "gperftools", "jemalloc", "native-small")


class Figures:
    """One workload's results; None where a tool did not run or failed."""

    def __init__(self, name, result):
        self.name = name
        self.result = result
        self.goals = result["goals"]

    def tool(self, name):
        found = self.result["tools"].get(name)
        return found if found and not found["failed"] else None

    def native_of(self, name):
        return self.tool("native-small" if name in SLOW else "native")

    def both(self, name):
        tool, native = self.tool(name), self.native_of(name)
        return (tool, native) if tool and native else (None, None)

    def pairs(self, name="native"):
        """malloc+free pairs: the program's own count, else leakgraph's count of allocations."""
        native = self.native_of(name)
        counted = native and native["numbers"].get("pairs")
        if counted:
            return counted
        return self.result["totals"]["allocations"] if self.result["totals"] and name not in SLOW else None

    def ratio(self, name, what):
        """Median over the rounds of tool / native, each pair from the same round."""
        tool, native = self.both(name)
        if not tool:
            return None
        return median(mine / theirs for mine, theirs in zip(tool[what], native[what]) if theirs)

    def added(self, name, what):
        tool, native = self.both(name)
        return median(tool[what]) - median(native[what]) if tool else None

    def added_ns_per_pair(self, name, what):
        added, pairs = self.added(name, what), self.pairs(name)
        if added is None or not pairs or what == "loop_s" and not median(self.tool(name)["loop_s"]):
            return None
        return added * 1e9 / pairs

    def added_peak_bytes(self, name):
        tool, native = self.both(name)
        if not tool or tool["peak_kb"] is None or native["peak_kb"] is None:
            return None
        return (tool["peak_kb"] - native["peak_kb"]) * 1024

    def recording_bytes(self, name):
        return self.tool(name) and self.tool(name)["recording_bytes"]

    def report(self, name):
        report = self.tool(name) and self.tool(name)["report"]
        return report if report and not report["failed"] else None
