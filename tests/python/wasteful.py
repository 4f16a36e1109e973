# SPDX-License-Identifier: MIT
"""One of each habit that there is advice about; the line of each is found by its comment. `recent` is fine: it
throws old items away."""
import collections
import gc

gc.disable()
log = []
recent = collections.deque(maxlen=10000)


class Point:
    def __init__(self, x):
        self.x = x


class Node:
    pass


def build(count):
    text = ""
    for i in range(count):
        text += "item %d, " % i  # string
    return text


def sum_up(count):
    total = 0
    for i in range(count):
        point = Point(i + 1000)  # churn
        total += point.x
    return total


def keep(count):
    for i in range(count):
        log.append((i, str(i)))
        recent.append(log[-1])


def pairs(count):
    for _ in range(count):
        one, other = Node(), Node()  # weakref
        one.peer, other.peer = other, one


numbers = [i * 0.5 for i in range(50000)]  # array
for _ in range(40):
    keep(1000)
    build(2000)
    sum_up(5000)
    pairs(25)
