# SPDX-License-Identifier: MIT
"""The results as a Markdown page."""
import os
import platform
import re

import graphs
import snapshots
from figures import SLOW, Figures

REACHED = {True: "yes", False: "**no**", None: "not judged"}


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory_kb = int(re.search(r"^MemTotal:\s*(\d+)", file.read(), re.MULTILINE).group(1))
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE)
    return {"cpu": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "memory_gb": round(memory_kb / 1e6, 1), "kernel": platform.release(),
            "system": system.group(1) if system else platform.system(), "load": os.getloadavg()[0]}


def number(value, form="%.2f"):
    return "-" if value is None else form % value


def size(size_bytes):
    if size_bytes is None:
        return "-"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if abs(size_bytes) >= factor:
            return "%.1f %s" % (size_bytes / factor, unit)
    return "%d B" % size_bytes


def lines_of(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def tool_row(figures, name):
    tool = figures.result["tools"][name]
    if tool["failed"]:
        return [figures.name, name, "failed: " + tool["failed"]] + ["-"] * 7
    report = figures.report(name)
    return [figures.name, name + (" (small)" if name in SLOW else ""),
            number(figures.ratio(name, "wall_s")), number(figures.ratio(name, "cpu_s")),
            number(figures.added_ns_per_pair(name, "cpu_s"), "%.0f"),
            number(figures.added_ns_per_pair(name, "loop_s"), "%.0f"),
            size(figures.added_peak_bytes(name)), size(figures.recording_bytes(name)),
            number(report and report["wall_s"], "%.3f s"), size(report and report["peak_kb"] * 1024)]


def native_rows(all_figures):
    for figures in all_figures:
        native = figures.tool("native")
        if not native:
            yield [figures.name, figures.result["what"], "failed", "-", "-", "-", "-"]
            continue
        middle = sorted(native["cpu_s"])[len(native["cpu_s"]) // 2]
        yield [figures.name, figures.result["what"], format(figures.pairs() or 0, ","), "%.3f s" % middle,
               number(figures.pairs() and middle * 1e9 / figures.pairs(), "%.0f"),
               size((native["peak_kb"] or native["max_process_kb"]) * 1024), str(len(native["cpu_s"]))]


def instruction_rows(instructions):
    for name, counts in instructions["workloads"].items():
        native = counts.get("native")
        yield [name, number(native, "%.0f")] + [
            number(counts[tool] - native if counts.get(tool) and native else None, "+%.0f")
            for tool in ("leakgraph", "unw_backtrace", "heaptrack")]


def introduction(results):
    about = results["machine"]
    yield "# Benchmark results"
    yield ""
    yield "Made by `%s` on %s UTC in %.0f s; %d cores of %s, %.1f GB, %s, Linux %s; load afterwards %.1f." % (
        results["command"], results["started"], results["took_s"], about["cores"], about["cpu"],
        about["memory_gb"], about["system"], about["kernel"], about["load"])
    yield ""
    yield ("Each round runs native and every tool once, in rotating order, up to %d rounds. Ratios are medians "
           "over the rounds; CPU is user+sys of every process that the run started, helpers included. *ns per "
           "pair* is what a tool adds per malloc+free: in CPU with start-up and exit, and in the time of the "
           "program's own loop (`churn` with threads: wall clock over all pairs). Peak is the sum over the "
           "processes of the run. *(small)*: the tool is so slow that it ran a smaller size, against native at "
           "that size. gperftools and jemalloc replace the allocator too. lsan follows frame pointers, which "
           "-O2 code does not keep: it sees one or two frames; lsan-whole unwinds." % results["rounds"])
    yield ""
    for name, why in results["skipped"].items():
        yield "- skipped: %s (%s)" % (name, why)
    yield ""


def markdown(results):
    all_figures = [Figures(name, result) for name, result in results["workloads"].items()]
    lines = list(introduction(results))
    lines += ["## Goals", ""]
    lines += lines_of(["goal", "measured", "reached"],
                      [[one["goal"], one["measured"], REACHED[one["reached"]]] for one in results["goals"]
                       if one["reached"] is not None or not results["only"]])
    lines += ["## Workloads, native", ""]
    lines += lines_of(["workload", "what", "pairs", "CPU", "ns per pair", "peak", "rounds"],
                      native_rows(all_figures))
    lines += ["## Against native", ""]
    tools = [tool_row(figures, name) for figures in all_figures for name in figures.result["tools"]
             if not name.startswith("native")]
    lines += lines_of(["workload", "tool", "wall", "CPU", "ns per pair, CPU", "ns per pair, loop", "peak added",
                       "recording", "report", "report's memory"], tools)
    if results["graphs"]:
        lines += ["## Object graphs", "",
                  "The analyzer's steps on synthetic recordings: one core, CPU time.", ""]
        lines += lines_of(["shape", "blocks", "pointers", "load", "components", "dominators and retained",
                           "all", "peak"], graphs.rows(results["graphs"]))
    if results["snapshots"]:
        lines += ["## Snapshots of a large heap", "",
                  "Medians of %d; beside the program runs the scan." % snapshots.SNAPSHOTS, ""]
        lines += lines_of(["pages", "resident", "blocks", "pointers", "pause", "expected", "scan", "its CPU",
                           "graph"], snapshots.rows(results["snapshots"]))
    if results["instructions"]["workloads"]:
        lines += ["## Instructions per pair (%s)" % results["instructions"]["counter"], "",
                  "Added to the native program's, start-up and exit taken out. heaptrack gives up under "
                  "callgrind: `-`.", ""]
        lines += lines_of(["workload", "native", "leakgraph", "unw_backtrace", "heaptrack"],
                          instruction_rows(results["instructions"]))
    return "\n".join(lines)
