# SPDX-License-Identifier: MIT
"""Children by fork and by spawn; see tests/expect_stacks.py.

expect 100000 forked@forked BaseProcess.run BaseProcess._bootstrap ...
expect 110000 spawned@spawned BaseProcess.run BaseProcess._bootstrap ...
expect 120000 before@before <module>@call_before
"""
import multiprocessing
import os

kept = []


def before():
    return bytes(120000)  # @before


def forked():
    block = bytes(100000)  # @forked
    kept.append(block)


def spawned():
    block = bytes(110000)  # @spawned
    kept.append(block)


if __name__ == "__main__":
    kept.append(before())  # @call_before
    for method, target in ("fork", forked), ("spawn", spawned):
        child = multiprocessing.get_context(method).Process(target=target)
        child.start()
        child.join()
        print(method, child.exitcode)
