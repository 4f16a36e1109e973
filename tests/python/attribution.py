# SPDX-License-Identifier: MIT
"""Allocates in many ways and keeps it all; see attributed.py."""
import collections
import functools
import threading

import attributed

kept = []


class Point:
    def __init__(self, x):
        self.x = x
        self.text = "point %d" % x


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a
        self.b = [a]


def comprehension(n):
    return [Point(i) for i in range(n)]


def generator(n):
    for i in range(n):
        yield {"index": i,
               "square": i * i}


def closures(n):
    def make(value):
        extra = [value]

        def inner():
            return extra, value
        return inner
    return [make(i) for i in range(n)]


def recursion(depth):
    if depth == 0:
        return [bytearray(5000)]
    below = recursion(depth - 1)
    below.append(bytes(depth + 40))
    return below


@functools.lru_cache(maxsize=None)
def cached(n):
    return [n] * 10


def callbacks(n):
    return sorted(range(n), key=lambda v: kept.append(
        (v,
         str(v + 100000))) or -v)


def strings(n):
    text = ""
    parts = []
    for i in range(n):
        text += "some more text %d" % i
        parts.append(text[-50:])
    return text, parts


def evaluated(n):
    made = {}
    for i in range(n):
        exec(compile("\n" * (i % 7) + "value = bytearray(100 + %d)" % i, "made.py", "exec"), made)
        kept.append(made["value"])


def in_thread():
    def work():
        for i in range(200):
            kept.append(collections.OrderedDict(a=i, b=[i]))
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def exceptions(n):
    for i in range(n):
        try:
            raise ValueError("number %d" % i)
        except ValueError as error:
            kept.append(error)


def long_line_table(n):
    total = []
    if n:

        # A gap in the lines.

        total.append(
            [n,
             n + 1000,
             [n + 2000]])
    return total


def run():
    kept.append(comprehension(2000))
    kept.append(list(generator(1000)))
    kept.append(closures(500))
    kept.append(recursion(50))
    kept.append([cached(i) for i in range(300)])
    kept.append(callbacks(400))
    kept.append(strings(300))
    evaluated(50)
    in_thread()
    exceptions(100)
    kept.append([Slotted(i) for i in range(500)])
    kept.append([long_line_table(i) for i in range(300)])


attributed.run(run, __file__, "made.py")
