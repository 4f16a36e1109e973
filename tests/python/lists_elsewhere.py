# SPDX-License-Identifier: MIT
"""A cycle, and a collector whose list of frozen objects is broken on purpose, as if it were elsewhere.

The collector's state is found by its thresholds. Python itself looks at that list only when it ends.
"""
import ctypes
import gc
import os

THRESHOLDS = 71234, 61, 51


def words_at(address, count):
    return (ctypes.c_size_t * count).from_address(address)


def states():
    """Where the collector's state can be: in the interpreter's, up to 3.8 in the runtime's."""
    if hasattr(ctypes.pythonapi, "PyInterpreterState_Get"):
        get = ctypes.pythonapi.PyInterpreterState_Get
        get.restype = ctypes.c_void_p
        return get(), 16384
    return ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime")), 1024


def youngest_threshold():
    start, size = states()
    for address in range(start, start + size, 4):
        if ctypes.c_int.from_address(address).value == THRESHOLDS[0]:
            return address
    raise LookupError("no collector")


def break_frozen_list():
    after_youngest = youngest_threshold() + 8
    for place in range(after_youngest & ~7, after_youngest + 128, 8):
        links = words_at(place, 2)
        if links[0] == links[1] == place:
            links[0] = place + 64
            return
    raise LookupError("no list of frozen objects")


gc.set_threshold(*THRESHOLDS)
one = {}
one["self"] = one
del one
break_frozen_list()
os._exit(0)
