# SPDX-License-Identifier: MIT
"""100,000 pairs that hold one another."""
import gc

gc.disable()


class Node:
    pass


def pairs(count):
    for _ in range(count):
        one, other = Node(), Node()
        one.peer, other.peer = other, one


pairs(100000)
