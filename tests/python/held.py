# SPDX-License-Identifier: MIT
"""One object of each class, each held in another way when the process ends in the middle of a call."""
import os


class InDict: pass
class InTuple: pass
class InSlot: pass
class InAttribute: pass
class InCell: pass
class InGenerator: pass
class InLocal: pass


class Slotted:
    __slots__ = ("part",)


class Plain:
    pass


registry = {}
pairs = []


def generate():
    inner = InGenerator()
    yield inner


def end(argument):
    os._exit(0)


def run():
    shared = InCell()
    registry["camera"] = InDict()
    registry["slotted"] = slotted = Slotted()
    slotted.part = InSlot()
    registry["plain"] = plain = Plain()
    plain.part = InAttribute()
    pairs.append((1, InTuple()))
    waiting = generate()
    next(waiting)
    registry["waiting"] = waiting

    def closure():
        return shared

    registry["closure"] = closure
    end(InLocal())


run()
