# SPDX-License-Identifier: MIT
"""The analyzer alone: synthetic object graphs of several shapes, loaded and analysed step by step."""
import os

from measure import run

SHAPES = ("chain", "list", "star", "tree", "random")
FULL_NODES, QUICK_NODES = 10000000, 1000000
SMALLER = 10             # the same shape with so many times fewer blocks, to see how time grows
LIMIT_S, LIMIT_KB = 20, 1200000     # for 10 million blocks and 30 million pointers
STEPS = ("load_ms", "components_ms", "dominators_ms")


def name_of(shape):
    return "graph-" + shape


def analyse(bench, shape, nodes):
    """The numbers that analyse_graph prints, or None when it failed."""
    program = bench.build + "/bench/analyse_graph"
    folder = bench.new_folder()
    path = folder + "/graph.lgr"
    made = run(bench.build + "/bench/launcher", [program, "--write", shape, str(nodes), path], folder)
    done = run(bench.build + "/bench/launcher", [program, path], folder)
    os.unlink(path)
    return None if made.status or done.status else done.numbers


def measure(bench, only):
    nodes = QUICK_NODES if bench.quick else FULL_NODES
    found = {}
    for shape in SHAPES:
        if only and only not in name_of(shape):
            continue
        bench.progress(name_of(shape))
        found[name_of(shape)] = {"nodes": nodes, "large": analyse(bench, shape, nodes),
                                 "small": analyse(bench, shape, nodes // SMALLER)}
    return found


def text_of(numbers):
    return "%.1f s and %.0f MB (%s)" % (
        numbers["cpu_ms"] / 1e3, numbers["peak_kb"] / 1e3,
        ", ".join("%s %.1f s" % (step[:-3], numbers[step] / 1e3) for step in STEPS))


def judge(found):
    """Rows as in goals.py."""
    for name, graph in found.items():
        share = graph["nodes"] / FULL_NODES
        goal = "%s: %s blocks analysed in at most %g s of CPU and %.0f MB" % (
            name, format(graph["nodes"], ","), LIMIT_S * share, LIMIT_KB * share / 1e3)
        large, small = graph["large"], graph["small"]
        if not large or not small:
            yield {"goal": goal, "measured": "failed", "reached": False}
            continue
        # A program of its own takes some memory, whatever it does.
        reached = large["cpu_ms"] <= LIMIT_S * 1e3 * share and large["peak_kb"] <= LIMIT_KB * share + 5000
        yield {"goal": goal, "measured": text_of(large), "reached": reached}
        if name == name_of("random"):
            continue     # what misses the caches is slower when there is more of it
        growth = large["cpu_ms"] / max(small["cpu_ms"], 1)
        yield {"goal": "%s: at most twice the time per block with %d times the blocks" % (name, SMALLER),
               "measured": "%.1f times the time" % growth, "reached": growth <= 2 * SMALLER}


def rows(found):
    for name, graph in found.items():
        for numbers in (graph["small"], graph["large"]):
            if numbers:
                yield [name, format(numbers["nodes"], ","), format(numbers["edges"], ",")] + \
                    ["%.2f s" % (numbers[step] / 1e3) for step in STEPS] + \
                    ["%.2f s" % (numbers["cpu_ms"] / 1e3), "%.0f MB" % (numbers["peak_kb"] / 1e3)]
