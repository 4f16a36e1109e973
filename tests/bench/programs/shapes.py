# SPDX-License-Identifier: MIT
"""shapes.py SHAPE COUNT: Python programs that allocate in one way each, COUNT times."""
import gc
import sys
import threading


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def small(count):
    """Many small objects, some kept for a while."""
    kept = []
    for i in range(count):
        point = Point(i * 0.5, (i, str(i)))
        if i % 10 == 0:
            kept.append(point)
    return len(kept)


def descend(depth):
    here = [depth, float(depth)]
    return 1 if depth == 0 else descend(depth - 1) + len(here)


def deep(count):
    """Lists and numbers on each of 200 levels of recursion."""
    return sum(descend(200) for _ in range(count))


def strings(count):
    """Texts of some kilobytes: joined, split, replaced, encoded."""
    length = 0
    words = ["word %d" % i for i in range(500)]
    for i in range(count):
        text = ", ".join(words)
        length += len(text.split(", ")) + len(text.replace("word", "w%d" % i).encode())
    return length


def threads(count):
    """The small objects in four threads."""
    workers = [threading.Thread(target=small, args=(count // 4,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(workers)


def containers(count):
    """Comprehensions, dictionaries, sets, generators, sorting with a key."""
    total = 0
    for i in range(count):
        table = {str(j): [j, j + i] for j in range(100)}
        total += len({len(value) + j for j, value in enumerate(table.values())})
        total += sum(value[1] for value in sorted(table.values(), key=lambda pair: (pair[1], -pair[0])))
    return total


def cycles(count):
    """Pairs that hold one another, and nobody collects."""
    gc.disable()
    for i in range(count):
        one, other = Point(i, None), Point(i, None)
        one.y, other.y = other, one
    return count


print({shape.__name__: shape for shape in (small, deep, strings, threads, containers, cycles)}[sys.argv[1]](
    int(sys.argv[2])))
