# SPDX-License-Identifier: MIT
"""Seven pairs of nodes that hold one another, and each a list: 7 cycles, 28 objects."""
import gc

gc.disable()


class Node:
    def __init__(self):
        self.peer = None
        self.data = [1, 2]


for _ in range(7):
    one, other = Node(), Node()
    one.peer, other.peer = other, one
one = other = None
