# SPDX-License-Identifier: MIT
"""What numpy imports and computes is no leak; the biggest array has its line.

needs numpy
expect main["leaks"]["blocks"] == 0
expect [f["line"] for f in main["sites"][0]["stack"] if f["language"] == "python"][0] == 14
"""
import numpy

kept = []
for i in range(10):
    matrix = numpy.random.rand(50, 50)
    kept.append(numpy.linalg.inv(matrix + numpy.eye(50) * 100).sum())
big = numpy.zeros(1000000)
print(len(kept), big.sum())
