# SPDX-License-Identifier: MIT
"""What memory_profiler's own example does, and a class: 1 MiB more on some lines, kept or not."""

MIB = 1 << 20
kept = []


class Map:
    def __init__(self, mebibytes):
        self.cells = bytearray(mebibytes * MIB)
        self.name = "map of %d MiB" % mebibytes


def my_func():
    a = bytearray(8 * MIB)
    b = bytearray(40 * MIB)
    del b
    return a


def build(count):
    maps = []
    for number in range(count):
        maps.append(Map(2))
    return maps


def churn(times):
    for _ in range(times):
        bytearray(3 * MIB)


kept.append(my_func())
kept.append(build(5))
churn(20)
