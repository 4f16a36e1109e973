# SPDX-License-Identifier: MIT
"""collected.py SCRIPT FILE: runs SCRIPT and ends, with all the garbage that it made. What gc.collect() finds
in it is written to FILE, type by type: by a forked child when it ends, so that the parent still has the
garbage then, and frames that run now are finished in both."""
import atexit
import gc
import json
import os
import sys


def name(kind):
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def collect():
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()  # says more: the weak references, too, that their callbacks drop
    types = {}
    for thing in gc.garbage:
        types[name(type(thing))] = types.get(name(type(thing)), 0) + 1
    with open(sys.argv[2], "w") as file:
        json.dump({"count": len(gc.garbage), "types": types}, file)
    os._exit(0)


with open(sys.argv[1]) as source:
    code = compile(source.read(), sys.argv[1], "exec")
exec(code, {"__name__": "__main__", "__file__": sys.argv[1]})
del code
child = os.fork()
if child == 0:
    atexit.register(collect)
else:
    os.waitpid(child, 0)
