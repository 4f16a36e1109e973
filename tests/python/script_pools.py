# SPDX-License-Identifier: MIT
"""Children by fork and by spawn, each with garbage of its own; one more process follows
the resources of the spawned.

expect garbage(processes, "cycles") == [0, 0, 3, 3, 4, 4]
expect main["python"]["garbage_cycles"] == 0
expect not any(p["leaks"]["blocks"] for p in processes)
"""
import gc
import multiprocessing


class Node:
    def __init__(self):
        self.me = self


def make(count):
    gc.collect()
    gc.disable()
    for _ in range(count):
        Node()


if __name__ == "__main__":
    for method, count in ("fork", 3), ("spawn", 4):
        context = multiprocessing.get_context(method)
        children = [context.Process(target=make, args=(count,)) for _ in range(2)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        print(method, [child.exitcode for child in children])
    gc.collect()
