# SPDX-License-Identifier: MIT
"""Daemon threads are stopped at the end wherever they are: no leak.

expect main["leaks"]["blocks"] == 0
expect main["leaks"]["suppressed"]["blocks"] <= 4
expect main["python"]["garbage_objects"] == 0
"""
import _thread
import gc
import threading
import time

gc.collect()


def work():
    while True:
        time.sleep(0.001)


for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
_thread.start_new_thread(work, ())
time.sleep(0.05)
print(threading.active_count())
