# SPDX-License-Identifier: MIT
"""Every performance goal: what it is, what was measured, whether it was reached.

A goal whose workload or peer did not run is not judged: reached is None.
"""
from statistics import median

import graphs
import snapshots
from figures import Figures

CAPTURE_SHARES = [   # leakgraph's added CPU / heaptrack's, at most
    ("churn-tree-8", 12), ("churn-tree-60", 7), ("churn-threads-4", 15), ("containers", 6),
    ("cc1plus", 4), ("python3", 5),
]
NOISE_S = 0.005


def row(goal, measured, reached):
    return {"goal": goal, "measured": measured, "reached": reached}


def not_judged(goal, why="did not run"):
    return row(goal, why, None)


def why_not(figures):
    tools = figures.result["tools"] if figures else {}
    failed = ["%s failed: %s" % (name, tool["failed"]) for name, tool in tools.items() if tool["failed"]]
    return "; ".join(failed) or "did not run"


def share_of_heaptrack(all_figures):
    for name, share in CAPTURE_SHARES:
        goal = "%s: added CPU at most 1/%d of heaptrack's" % (name, share)
        figures = all_figures.get(name)
        mine = figures and figures.added("leakgraph", "cpu_s")
        theirs = figures and figures.added("heaptrack", "cpu_s")
        if mine is None or theirs is None or mine <= 0:
            yield not_judged(goal, why_not(figures))
            continue
        yield row(goal, "1/%.1f (%.3f s against %.3f s)" % (theirs / mine, mine, theirs), theirs / mine >= share)


def throughput(all_figures):
    goal = "throughput with 2 and 4 threads falls no more than the native program's (5 % for noise)"
    speeds = {}
    for threads in (1, 2, 4):
        figures = all_figures.get("churn-threads-%d" % threads)
        for name in ("native", "leakgraph"):
            tool = figures and figures.tool(name)
            if not tool:
                return [not_judged(goal)]
            speeds[name, threads] = figures.pairs() / median(tool["loop_s"]) / 1e6
    texts, reached = [], True
    for name in ("native", "leakgraph"):
        texts.append(name + " " + ", ".join("%.1f" % speeds[name, threads] for threads in (1, 2, 4)))
    for threads in (2, 4):
        native, mine = (speeds[name, threads] / speeds[name, 1] for name in ("native", "leakgraph"))
        reached = reached and mine >= min(native, 1) * 0.95
    return [row(goal, "M pairs/s with 1, 2, 4 threads: " + "; ".join(texts), reached)]


def against(all_figures, goal, peer, what, factor, wanted):
    """leakgraph adds at most `factor` times what `peer` adds, on every wanted workload."""
    over, judged, worst = [], 0, 0.0
    for name, figures in all_figures.items():
        mine, theirs = figures.added("leakgraph", what), figures.added(peer, what)
        if not wanted(figures) or mine is None or theirs is None:
            continue
        judged += 1
        worst = max(worst, mine / max(theirs, NOISE_S))
        if mine > factor * theirs + NOISE_S:
            over.append("%s %.2fx" % (name, mine / max(theirs, NOISE_S)))
    if not judged:
        return not_judged(goal)
    return row(goal, "; ".join(over) if over else "at most %.2fx on %d workloads" % (worst, judged), not over)


def against_peers(all_figures):
    def has_pairs(figures):
        return not figures.name.startswith("start-")

    def is_own(figures):
        return has_pairs(figures) and figures.tool("native")["numbers"].get("pairs")

    def is_churn(figures):
        return "churn" in figures.goals

    yield against(all_figures, "added CPU never more than unw_backtrace alone", "unw_backtrace", "cpu_s", 1,
                  has_pairs)
    yield against(all_figures, "the same in the measured loop (without start-up and exit snapshot)",
                  "unw_backtrace", "loop_s", 1, is_own)
    yield against(all_figures, "churn: added CPU at most 1.5 times LeakSanitizer's", "lsan", "cpu_s", 1.5,
                  is_churn)


def python(all_figures):
    for peer, factor, share in (("tracemalloc", 1, ""), ("tracemalloc-25", 1 / 3, "a third of ")):
        goal = "Python: added CPU, whole stacks recorded, less than %s%s's" % (share, peer)
        shares, over = [], False
        for name, figures in all_figures.items():
            mine, theirs = figures.added("leakgraph", "cpu_s"), figures.added(peer, "cpu_s")
            if "python" in figures.goals and mine is not None and theirs is not None:
                shares.append("%s %.2f of it" % (name[len("python-"):], mine / max(theirs, NOISE_S)))
                over |= mine > factor * theirs + NOISE_S
        yield row(goal, "; ".join(shares), not over) if shares else not_judged(goal)


def python_cycles(all_figures):
    goal = "100,000 cycles of Python are found in less than 1 s"
    figures = all_figures.get("python-cycles")
    report = figures and figures.report("leakgraph")
    return [row(goal, "%.2f s for the whole report" % report["wall_s"], report["wall_s"] < 1)
            if report else not_judged(goal)]


def sqlite(all_figures):
    goal = "sqlite3 bulk load within 1.10 times native"
    figures = all_figures.get("sqlite3")
    ratio = figures and figures.ratio("leakgraph", "cpu_s")
    if ratio is None:
        return [not_judged(goal)]
    return [row(goal, "CPU %.2fx, wall %.2fx" % (ratio, figures.ratio("leakgraph", "wall_s")), ratio <= 1.10)]


def repeated_path(all_figures):
    goal = "repeated path, depth 60: under 60 ns added per pair"
    figures = all_figures.get("churn-same-60")
    added = figures and figures.added_ns_per_pair("leakgraph", "loop_s")
    return [row(goal, "%.1f ns" % added, added < 60) if added is not None else not_judged(goal)]


def start_and_exit(all_figures):
    for name, limit_ms, what in (("start-small", 30, "a small program"), ("start-300", 300, "300 libraries")):
        goal = "start-up and exit, %s: under %d ms" % (what, limit_ms)
        figures = all_figures.get(name)
        added = figures and figures.added("leakgraph", "wall_s")
        if added is None:
            yield not_judged(goal)
        else:
            yield row(goal, "%.1f ms added" % (added * 1e3), added * 1e3 < limit_ms)


def memory(all_figures):
    for name, figures in all_figures.items():
        if "memory" not in figures.goals:
            continue
        goal = "%s: at most 70 bytes per live block, 64 KB per thread, 32 per site and thread" % name
        added = figures.added_peak_bytes("leakgraph")
        if added is None:
            yield not_judged(goal)
            continue
        numbers = figures.tool("native")["numbers"]
        totals = figures.result["totals"]
        sites = totals["sites"] if totals and totals["sites"] else numbers["stacks"]
        limit = 70 * numbers["blocks"] + numbers["threads"] * (65536 + 32 * sites)
        yield row(goal, "%.1f MB of %.1f MB; %.1f bytes per block" %
                  (added / 1e6, limit / 1e6, added / numbers["blocks"]), added <= limit)


def many_threads_memory(all_figures):
    goal = "threads one after another leave bounded memory (64 KB and 32 per site of two threads at once)"
    figures = all_figures.get("threads-in-turn")
    added = figures and figures.added_peak_bytes("leakgraph")
    if added is None:
        return [not_judged(goal)]
    # What a small program costs is no thread's.
    small = all_figures.get("start-small")
    base = small.added_peak_bytes("leakgraph") if small and small.added_peak_bytes("leakgraph") else 0
    return [row(goal, "%.2f MB added, %.2f MB of it in a small program too" % (added / 1e6, base / 1e6),
                added - base <= 2 * (65536 + 32 * 100))]


def recording(all_figures, growth):
    goal = "recording constant in the number of events (within a page)"
    own = growth and growth["leakgraph"]
    if own and all(own.values()):
        sizes = list(own.values())
        texts = ["%s events: %.1f KB" % (format(2 * int(pairs), ","), size / 1024)
                 for pairs, size in own.items()]
        yield row(goal, "; ".join(texts), max(sizes) - min(sizes) <= 4096)
    else:
        yield not_judged(goal)
    goal = "recording at most 1/50 of heaptrack's above a million allocations"
    shares = {}
    for name, figures in all_figures.items():
        mine, theirs = figures.recording_bytes("leakgraph"), figures.recording_bytes("heaptrack")
        if mine and theirs and (figures.pairs() or 0) > 1e6:
            shares[name] = theirs / mine
    for pairs, theirs in (growth["heaptrack"] if growth else {}).items():
        if theirs and own[pairs]:
            shares["churn-tree-8 with %s allocations" % format(int(pairs), ",")] = theirs / own[pairs]
    over = ["%s 1/%.1f" % (name, share) for name, share in shares.items() if share < 50]
    if not shares:
        yield not_judged(goal)
    else:
        yield row(goal, "; ".join(over) or "at most 1/%.0f on %d workloads" % (min(shares.values()), len(shares)),
                  not over)


def report_speed(all_figures):
    goal = "text report at least 20 times faster than heaptrack_print"
    factors = {}
    for name, figures in all_figures.items():
        mine, theirs = figures.report("leakgraph"), figures.report("heaptrack")
        if mine and theirs and (figures.pairs() or 0) > 1e5:
            factors[name] = theirs["wall_s"] / mine["wall_s"]
    if not factors:
        return [not_judged(goal)]
    below = sorted((factor, name) for name, factor in factors.items() if factor < 20)
    text = "median %.0fx on %d workloads" % (median(factors.values()), len(factors))
    if below:
        text += "; below: " + ", ".join("%s %.1fx" % (name, factor) for factor, name in below)
    return [row(goal, text, not below)]


def bounded(all_figures):
    for name, figures in all_figures.items():
        if "bounded" not in figures.goals:
            continue
        goal = "%s: bounded, nothing lost or the loss stated, the program unharmed" % name
        tool, totals = figures.tool("leakgraph"), figures.result["totals"]
        if not tool or not totals:
            failed = figures.result["tools"].get("leakgraph", {}).get("failed")
            yield row(goal, failed or "no totals", False)
            continue
        lost = max(figures.pairs() - totals["allocations"], 0) + totals["without_stack"]
        added = figures.added_peak_bytes("leakgraph")
        heaptrack = figures.result["tools"].get("heaptrack", {}).get("failed")
        stated = totals["dropped"] or 0
        yield row(goal, "%s of %s allocations missing or without stack, %s said to be dropped; %s MB of "
                  "memory added, %.0f MB on disk%s" % (format(lost, ","), format(figures.pairs(), ","), format(stated, ","),
                              "-" if added is None else "%.0f" % (added / 1e6), figures.recording_bytes("leakgraph") / 1e6,
                              "; heaptrack: " + heaptrack if heaptrack else ""),
                  lost <= stated and (added or 0) < 1e9)


def whole(all_figures):
    goal = "no allocation lost or without its stack, on any workload"
    wrong, judged = [], 0
    for name, figures in all_figures.items():
        totals = figures.result["totals"]
        judged += totals is not None
        if totals and (totals["dropped"] or totals["without_stack"]):
            wrong.append("%s: %s dropped, %s without" % (name, totals["dropped"], totals["without_stack"]))
    if not all_figures:
        return [not_judged(goal)]
    return [row(goal, "; ".join(wrong) or "%d workloads" % judged, not wrong and judged > 0)]


def unharmed(all_figures):
    goal = "every workload ends under leakgraph as it does alone: same output, same status"
    wrong = []
    for name, figures in all_figures.items():
        tools = figures.result["tools"]
        if tools["leakgraph"]["failed"] != tools["native"]["failed"]:
            wrong.append("%s: %s" % (name, tools["leakgraph"]["failed"]))
        elif tools["leakgraph"]["output"] != tools["native"]["output"]:
            wrong.append("%s: other output" % name)
    if not all_figures:
        return [not_judged(goal)]
    return [row(goal, "; ".join(wrong) or "%d workloads" % len(all_figures), not wrong)]


def counted(all_figures, instructions):
    goal = "instruction counts of the hot path are in the table"
    rows = [one for one in instructions["workloads"].values() if one.get("leakgraph")]
    if not instructions["counter"]:
        return [not_judged(goal, "neither perf's counters nor valgrind are to be had")]
    if not instructions["workloads"]:
        return [not_judged(goal)]
    return [row(goal, "%d workloads, %s" % (len(rows), instructions["counter"]),
                len(rows) == len(instructions["workloads"]))]


def judge(results):
    all_figures = {name: Figures(name, result) for name, result in results["workloads"].items()}
    judges = [share_of_heaptrack, throughput, against_peers, python, python_cycles, sqlite, repeated_path,
              start_and_exit, memory, many_threads_memory]
    rows = [one for judge_one in judges for one in judge_one(all_figures)]
    rows += recording(all_figures, results["growth"])
    for judge_one in (report_speed, bounded, whole, unharmed):
        rows += judge_one(all_figures)
    rows += graphs.judge(results["graphs"])
    rows += snapshots.goals(results["snapshots"])
    return rows + counted(all_figures, results["instructions"])
