# SPDX-License-Identifier: MIT
"""Prints what a program could see of whoever looks at it."""
import atexit
import gc
import signal
import sys
import threading

print(sorted(sys.modules))
print(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_debug(), gc.garbage, gc.get_freeze_count())
print(sorted(type(thing).__name__ for thing in gc.get_objects()).count("function"), len(gc.get_objects()))
print(atexit._ncallbacks(), [t.name for t in threading.enumerate()], len(sys._current_frames()))
print([signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGSEGV, signal.SIGUSR1)])
print(sys.gettrace(), sys.getprofile(), sys.flags, sys.getrefcount(None) > 0, sys.getswitchinterval())
sys.stderr.write("to stderr\n")
sys.exit(3)
