# SPDX-License-Identifier: MIT
"""The workloads: what runs, how often at full, quick and small size, and which peers make sense.

A workload's command is a list in which names in braces are filled in: {n} is the number of pairs (or
rounds, threads, ...) at the size wanted, the others are paths. `small` is the size for the peers that are slower by
orders of magnitude; they are compared with a native run of that same size.
"""
from dataclasses import dataclass


@dataclass
class Workload:
    name: str
    what: str
    command: list
    full: int
    quick: int                # 0: not in a quick run
    small: int = 0            # 0: not for the slow peers
    own: bool = True          # one of our programs: prints pairs= and loop_ns=
    stdin: str = ""
    environment: tuple = ()
    repeats: int = 1          # rounds are multiplied by this: for runs of milliseconds
    peers: tuple = ()         # peers for this workload alone
    tools: tuple = ()         # only these run it, when there are any
    goals: tuple = ()         # kinds of goals that this workload serves
    instructions: bool = False

    def argv(self, paths, size):
        return [word.format(n=size, **paths) for word in self.command]


MILLION = 1000000


def churn(name, what, full, quick, options, **more):
    command = ["{build}/bench/churn", "pairs={n}"] + options.split()
    more.setdefault("small", full // 40)
    goals = ("churn",) + more.pop("goals", ())
    return Workload("churn-" + name, what, command, full, quick, goals=goals, **more)


def live(name, what, blocks, pairs, order, **more):
    command = ["{build}/bench/live_blocks", "live=%d" % blocks, "pairs={n}", "order=" + order]
    quick = 0 if blocks > MILLION else pairs // 10
    return Workload("live-" + name, what, command, pairs, quick, **more)


PYTHON_TOOLS = ("native", "leakgraph", "tracemalloc", "tracemalloc-25", "memray")


def python(name, what, command, full, quick, **more):
    """As Python runs by default: most of its allocations are no malloc of libc's."""
    more.setdefault("goals", ("python",))
    return Workload("python-" + name, "Python: " + what, ["{python3}"] + command + ["{n}"], full, quick, own=False,
                    environment=(("PYTHONHASHSEED", "0"),), peers=PYTHON_TOOLS, tools=PYTHON_TOOLS, **more)


def python_shape(name, what, full, **more):
    return python(name, what, ["{source}/programs/shapes.py", name], full, full // 4, **more)


SQLITE_TABLE = ("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; DROP TABLE IF EXISTS readings; "
                "CREATE TABLE readings(id INTEGER PRIMARY KEY, sensor TEXT, value REAL, note TEXT); "
                "CREATE INDEX by_sensor ON readings(sensor);")

WORKLOADS = [
    churn("same-8", "one path, depth 8", 6 * MILLION, MILLION, "shape=same depth=8", instructions=True),
    churn("same-30", "one path, depth 30", 6 * MILLION, MILLION, "shape=same depth=30", instructions=True),
    churn("same-60", "one path, depth 60", 6 * MILLION, MILLION, "shape=same depth=60", instructions=True),
    churn("leaf-30", "only the leaf varies, depth 30", 4 * MILLION, MILLION, "shape=leaf depth=30",
          instructions=True),
    churn("tree-8", "256 stacks, depth 8", 6 * MILLION, MILLION, "shape=tree depth=8", instructions=True),
    # heaptrack dies of more than about ten thousand pairs of stack and size: few sizes here, many in "sizes".
    churn("tree-60", "2,048 stacks, depth 60", 4 * MILLION, MILLION // 2, "shape=tree depth=60 mix=4",
          instructions=True),
    churn("shuffled-60", "3,000 unlike stacks in random order, depth 60", MILLION, MILLION // 10,
          "shape=shuffled depth=60 stacks=3000 mix=2", instructions=True),
    churn("random-30", "random depth-first trees, depth 30", 3 * MILLION, MILLION // 4,
          "shape=random depth=30 mix=2"),
    churn("new-30", "mostly new random stacks, depth 30", MILLION // 2, MILLION // 10, "shape=new depth=30"),
    churn("threads-1", "256 stacks, depth 8, 1 thread", 6 * MILLION, MILLION,
          "shape=tree depth=8 threads=1"),
    churn("threads-2", "the same in 2 threads", 6 * MILLION, MILLION, "shape=tree depth=8 threads=2"),
    churn("threads-4", "the same in 4 threads", 6 * MILLION, MILLION, "shape=tree depth=8 threads=4"),
    churn("cross-4", "4 threads, each frees its neighbour's blocks", 4 * MILLION, MILLION // 2,
          "shape=tree depth=8 threads=4 cross=1"),
    churn("sizes", "4,096 stacks x 500 sizes, depth 12", 4096 * 500, 4096 * 50,
          "shape=distinct depth=12 stacks=4096 sizes=500", small=0, goals=("bounded",)),
    churn("million", "1,000,000 distinct stacks, depth 12", MILLION, MILLION // 10,
          "shape=distinct depth=12 stacks=1000000", small=0, goals=("bounded",)),
    live("1k-hot", "1,000 live blocks, newest freed", 1000, 6 * MILLION, "hot", small=300000),
    live("1k-random", "1,000 live blocks, any freed", 1000, 6 * MILLION, "random", small=300000),
    live("1M-hot", "1,000,000 live blocks, newest freed", MILLION, 4 * MILLION, "hot",
         goals=("memory",)),
    live("1M-random", "1,000,000 live blocks, any freed", MILLION, 2 * MILLION, "random",
         goals=("memory",)),
    live("5M-hot", "5,000,000 live blocks, newest freed", 5 * MILLION, 4 * MILLION, "hot",
         goals=("memory",)),
    live("5M-random", "5,000,000 live blocks, any freed", 5 * MILLION, 2 * MILLION, "random",
         goals=("memory",)),
    Workload("containers", "C++ containers, functions, exceptions",
             ["{build}/bench/containers", "rounds={n}"], 300000, 50000, small=20000),
    Workload("threads-in-turn", "threads one after another, 10 pairs each",
             ["{build}/bench/thread_after_thread", "threads={n}"], 10000, 1000, small=500),
    Workload("start-small", "a small program starts and ends", ["{build}/bench/small"], 1, 1, small=1,
             own=False, repeats=5),
    Workload("start-300", "the same with 300 libraries", ["{build}/bench/many_libraries"], 1, 1,
             own=False, repeats=5),
    # Rows through one prepared statement, as bulk loads are done: 8 allocations a row. As statements in text it is
    # 26 a row, all of them the parser's.
    Workload("sqlite3", "sqlite3: rows of a table with an index, into a file",
             ["sqlite3", "{data}/bulk.db", SQLITE_TABLE, ".mode csv", ".import {data}/bulk-{n}.csv readings"],
             600000, 100000, own=False),
    Workload("sqlite3-text", "sqlite3: INSERT statements", ["sqlite3", ":memory:"], 200000, 20000, own=False,
             stdin="{data}/bulk-{n}.sql"),
    Workload("cc1plus", "cc1plus: <bits/stdc++.h>",
             ["{cc1plus}", "-quiet", "-fpreprocessed", "-fsyntax-only", "{data}/heavy-{n}.ii"],
             1, 1, own=False),
    Workload("python3", "python3, PYTHONMALLOC=malloc: classes, json",
             ["{python3}", "{source}/programs/objects.py", "{n}"], 3000, 500, own=False,
             environment=(("PYTHONMALLOC", "malloc"), ("PYTHONHASHSEED", "0")),
             peers=("tracemalloc", "tracemalloc-25")),
    python("objects", "classes, json", ["{source}/programs/objects.py"], 6000, 1000),
    python_shape("small", "many small objects", 600000),
    python_shape("containers", "comprehensions, dicts, sets, generators, sorted", 8000),
    python_shape("deep", "200 levels of recursion", 4000),
    python_shape("strings", "texts of kilobytes", 6000),
    python_shape("threads", "small objects in 4 threads", 600000),
    # Most of the cost is the graph of 200,000 objects before Python's end, which no peer takes.
    python("cycles", "100,000 pairs that hold one another", ["{source}/programs/shapes.py", "cycles"],
           100000, 100000, goals=()),
]
