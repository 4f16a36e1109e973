# SPDX-License-Identifier: MIT
"""One cycle through every kind of object that people build cycles with."""
import collections
import ctypes
import functools
import gc
import itertools
import types
import weakref

gc.disable()


class Plain:
    pass


class Slotted:
    __slots__ = ("link", "more")


class WithDel:
    def __del__(self):
        pass


class OwnDict(dict):
    pass


class OwnList(list):
    pass


class Both(Plain, dict):
    pass


def through_dict():
    mapping = {}
    mapping["up"] = {"down": mapping, 3: [mapping], (1, 2): mapping}


def through_list_and_tuple():
    items = [1]
    items.append((items, "x"))


def through_set():
    plain = Plain()
    plain.all = {plain, 1, 2}
    plain.frozen = frozenset([plain])


def through_slots():
    slotted = Slotted()
    slotted.link = [slotted]


def through_attributes():
    plain = Plain()
    plain.me = plain
    other = Plain()
    other.__dict__["late"] = other
    for i in range(60):
        setattr(other, f"name{i}", i)


def through_closure():
    def inner(depth):
        return inner(depth - 1) if depth else inner

    inner(2)


def through_generator():
    def numbers():
        me = running
        yield me
        yield 1

    running = numbers()
    next(running)


def through_traceback():
    def fail():
        error = None
        try:
            raise ValueError("kept")
        except ValueError as kept:
            error = kept
        return error

    fail()


def through_context():
    try:
        try:
            raise KeyError("first")
        except KeyError as first:
            raise ValueError("second") from first
    except ValueError as second:
        held = Plain()
        held.error = second
        second.holder = held


def with_finaliser():
    one, other = WithDel(), WithDel()
    one.peer, other.peer = other, one


def through_bound_method():
    plain = Plain()
    plain.call = types.MethodType(lambda self: self, plain)
    plain.partial = functools.partial(plain.call, plain)


def through_class():
    class Local:
        def method(self):
            return Local

    Local.instance = Local()


def through_containers():
    queue = collections.deque([1, 2])
    queue.append(queue)
    ordered = collections.OrderedDict(a=1)
    ordered["me"] = ordered
    default = collections.defaultdict(list)
    default["me"].append(default)
    chain = Plain()
    chain.it = itertools.chain([chain])
    chain.cycle = itertools.cycle([chain])


def through_subclasses():
    mapping, items, both = OwnDict(), OwnList(), Both()
    mapping.me = mapping
    mapping["x"] = items
    items.append(mapping)
    both["me"] = both
    both.me = both


def through_weak_callback():
    plain = Plain()
    plain.me = plain
    plain.ref = weakref.ref(plain, lambda ref: None)


def through_property():
    box = Plain()
    box.property = property(lambda self: box)
    box.module = types.ModuleType("made")
    box.module.box = box


def through_coroutine():
    async def wait(me):
        await me[0]

    box = [None]
    box[0] = wait(box)
    box[0].close()


def through_ctypes():
    class Item(ctypes.Structure):
        pass

    Item._fields_ = [("next", ctypes.POINTER(Item))]
    item = Item()
    item.next = ctypes.pointer(item)


for function in list(globals().values()):
    if isinstance(function, types.FunctionType) and function.__name__.startswith(("through", "with")):
        function()
del function
