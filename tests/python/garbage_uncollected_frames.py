# SPDX-License-Identifier: MIT
"""What running and finished threads, live generators and the current frame hold is no garbage."""
import gc
import sys
import threading

gc.disable()


class Held:
    def __init__(self):
        self.me = self


def numbers():
    held = Held()
    yield held


in_module = Held()
running = numbers()
next(running)
frame_of = sys._getframe()
ready, go_on = threading.Event(), threading.Event()


def wait(held):
    ready.set()
    go_on.wait()


thread = threading.Thread(target=wait, args=(Held(),), daemon=True)
thread.start()
ready.wait()
lost = Held()
del lost
