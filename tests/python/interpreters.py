# SPDX-License-Identifier: MIT
"""Two interpreters in one thread, one after another.

expect 100000 before@before <module>@call_before
expect 200000 inside:3 <module>:4
expect 300000 after@after <module>@call_after
"""
import _xxsubinterpreters


def before():
    return bytearray(100000)  # @before


def after():
    return bytearray(300000)  # @after


INSIDE = """
def inside():
    return bytearray(200000)
kept = inside()
"""

first = before()  # @call_before
interpreter = _xxsubinterpreters.create()
_xxsubinterpreters.run_string(interpreter, INSIDE)
_xxsubinterpreters.destroy(interpreter)
second = after()  # @call_after
