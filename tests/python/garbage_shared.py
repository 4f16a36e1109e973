# SPDX-License-Identifier: MIT
"""Twenty pairs of nodes that hold one another; two and two of them hold one buffer of 100,000 bytes."""
import gc

gc.disable()


class Node:
    pass


def lose_a_pair(image):
    one, other = Node(), Node()
    one.peer, other.peer = other, one
    one.image = image


for _ in range(10):
    buffer = bytearray(100000)
    for _ in range(2):
        lose_a_pair(buffer)
buffer = None
