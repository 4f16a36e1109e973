# SPDX-License-Identifier: MIT
"""Cycles that hold arrays of numpy: the collector knows nothing of arrays, so what only those hold is none."""
import gc

import numpy

gc.disable()


class Map:
    def __init__(self, size):
        self.cells = numpy.zeros(size)
        self.view = self.cells[1:]
        self.me = self


class Grid(numpy.ndarray):
    pass


for _ in range(5):
    Map(10000)
grid = numpy.zeros(100).view(Grid)
grid.me = [grid]
objects = numpy.empty(3, dtype=object)
objects[0] = [objects]
del grid, objects
