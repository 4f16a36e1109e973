# SPDX-License-Identifier: MIT
"""One allocation of a size of its own in each kind of frame; tests/expect_stacks.py reads what is expected.

expect 100000 plain@plain <module>@call_plain
expect 110000 Base.method@method Base.caller@caller <module>@call_method
expect 120000 Base.make@make <module>@call_make
expect 130000 Base.__init__@init <module>@call_init
expect 140000 outer.<locals>.inner@inner outer@outer <module>@call_outer
expect 150000 <lambda>@lambda <module>@call_lambda
expect 160000 sorter.<locals>.<lambda>@key sorter@sorter <module>@call_sorter
expect 170000 generator@yield consume@consume <module>@call_consume
expect 180000 generator@after consume@consume <module>@call_consume
expect 190000 delegating@sub delegate@from gather@gather <module>@call_gather
expect 200000 decorated@decorated traced.<locals>.wrapper@wrapper <module>@call_decorated
expect 210000 Base.value@property <module>@call_property
expect 220000 replace@replace substitute@sub_call <module>@call_substitute
expect 230000 handler@except <module>@call_handler
expect 240000 handler@finally <module>@call_handler
expect 250000 Manager.__enter__@enter managed@with <module>@call_managed
expect 260000 Manager.__exit__@exit managed@with <module>@call_managed
expect 270000 <module>:3 evaluate@exec <module>@call_evaluate
expect 280000 <module>:1 evaluate@eval <module>@call_evaluate
expect 290000 Body@body <module>@class_body
expect 300000 down@bottom down@down down@down down@down <module>@call_down
expect 310000 Base.__del__@del drop@drop <module>@call_drop
expect 320000 mapped@mapped mapping@mapping <module>@call_mapping
expect 330000 long_call@argument <module>@call_long
expect 340000 <module>@module
"""
import functools
import os
import re

kept = []


def keep(block):
    kept.append(block)


def plain():
    kept.append(bytes(100000))  # @plain


class Base:
    def __init__(self, size=0):
        self.block = bytes(size)  # @init

    def method(self):
        return bytes(110000)  # @method

    def caller(self):
        return self.method()  # @caller

    @classmethod
    def make(cls):
        return bytes(120000)  # @make

    @property
    def value(self):
        return bytes(210000)  # @property

    def __del__(self):
        kept.append(bytes(310000)) if len(self.block) == 5 else None  # @del


def outer():
    def inner():
        return bytes(140000)  # @inner
    return inner()  # @outer


def sorter():
    return sorted([1], key=lambda v: (kept.append(bytes(160000)), v)[1])  # @key @sorter


def generator():
    yield bytes(170000)  # @yield
    yield bytes(180000)  # @after


def consume():
    for block in generator():  # @consume
        keep(block)


def delegating():
    yield bytes(190000)  # @sub


def delegate():
    yield from delegating()  # @from


def gather():
    kept.append(list(delegate()))  # @gather


def traced(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)  # @wrapper
    return wrapper


@traced
def decorated():
    return bytes(200000)  # @decorated


def replace(match):
    kept.append(bytes(220000))  # @replace
    return ""


def substitute():
    re.compile("a").sub(replace, "a")  # @sub_call


def handler():
    try:
        raise KeyError("gone")
    except KeyError:
        kept.append(bytes(230000))  # @except
    finally:
        kept.append(bytes(240000))  # @finally


class Manager:
    def __enter__(self):
        kept.append(bytes(250000))  # @enter

    def __exit__(self, *error):
        kept.append(bytes(260000))  # @exit


def managed():
    with Manager():  # @with
        pass


def evaluate():
    exec("\n\nblock = bytes(270000)", {"kept": kept})  # @exec
    kept.append(eval("bytes(280000)"))  # @eval


def down(level):
    if level == 0:
        return bytes(300000)  # @bottom
    return down(level - 1)  # @down


def drop():
    base = Base(5)
    del base  # @drop


def mapped(value):
    return bytes(value)  # @mapped


def mapping():
    return list(map(mapped, [320000]))  # @mapping


def long_call(*blocks):
    return [
        len(blocks),
        bytes(330000),  # @argument
    ]


plain()  # @call_plain
keep(Base().caller())  # @call_method
keep(Base.make())  # @call_make
keep(Base(130000))  # @call_init
keep(outer())  # @call_outer
keep((lambda: bytes(150000))())  # @lambda @call_lambda
keep(sorter())  # @call_sorter
consume()  # @call_consume
gather()  # @call_gather
keep(decorated())  # @call_decorated
keep(Base().value)  # @call_property
substitute()  # @call_substitute
handler()  # @call_handler
managed()  # @call_managed
evaluate()  # @call_evaluate


class Body:  # @class_body
    block = bytes(290000)  # @body


keep(down(3))  # @call_down
drop()  # @call_drop
keep(mapping())  # @call_mapping
keep(long_call())  # @call_long
keep(bytes(340000))  # @module
os._exit(0)
