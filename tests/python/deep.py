# SPDX-License-Identifier: MIT
"""Trees that own buffers and share a leaf; prints the deep size of all trees, by sys.getsizeof, and ends there."""
import os
import sys


class Leaf:
    pass


class Tree:
    pass


def deep(thing, seen):
    """Without what the attributes of an instance are kept in: getsizeof does not know that."""
    if id(thing) in seen or isinstance(thing, (type, int)):
        return 0
    seen.add(id(thing))
    parts = thing if isinstance(thing, list) else getattr(thing, "__dict__", {}).values()
    return sys.getsizeof(thing) + sum(deep(part, seen) for part in parts)


leaf = Leaf()
leaf.data = bytes(10000)
trees = []
for number in range(3):
    tree = Tree()
    tree.buffers = [bytearray(5000) for _ in range(4)]
    tree.shared = leaf
    tree.text = "x" * (1000 + number)
    trees.append(tree)
if len(sys.argv) > 1:
    already = set()
    print(sum(deep(tree, already) for tree in trees))
else:
    os._exit(0)
