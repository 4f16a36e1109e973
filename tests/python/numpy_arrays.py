# SPDX-License-Identifier: MIT
"""An array of numpy; see tests/expect_stacks.py.

expect 160000 make@make <module>@call_make
"""
import os

import numpy

kept = []


def make():
    return numpy.zeros(20000)  # @make


kept.append(make())  # @call_make
os._exit(0)
