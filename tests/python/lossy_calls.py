# SPDX-License-Identifier: MIT
"""Calls each mistake of the extension `lossy` a number of times."""
import gc

import lossy

gc.disable()


class Held:
    pass


held = Held()


def call():
    for _ in range(3):
        lossy.lose_list(Held())
    for _ in range(4):
        lossy.lose_bytes(1000)
    lossy.keep_once_more(held)
    for _ in range(5):
        lossy.lose_memory(77)
    for _ in range(6):
        buffer = lossy.Buffer(5000)
        buffer.set_owner([buffer])


call()
