# SPDX-License-Identifier: MIT
"""Threads of Python, and one of C that calls Python; see tests/expect_stacks.py.

expect 100000 work@work Thread.run Thread._bootstrap_inner Thread._bootstrap
expect 110000 Robot.run@run Thread._bootstrap_inner Thread._bootstrap
expect 120000 pooled@pooled _WorkItem.run _worker Thread.run Thread._bootstrap_inner Thread._bootstrap
expect 130000 local@local work_with_locals@locals Thread.run Thread._bootstrap_inner Thread._bootstrap
"""
import concurrent.futures
import os
import threading

kept = []


def work():
    kept.append(bytes(100000))  # @work


class Robot(threading.Thread):
    def run(self):
        kept.append(bytes(110000))  # @run


def pooled():
    return bytes(120000)  # @pooled


def local():
    kept.append(bytes(130000))  # @local


def work_with_locals():
    local()  # @locals


threads = [threading.Thread(target=work), Robot(), threading.Thread(target=work_with_locals)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    kept.append(pool.submit(pooled).result())
os._exit(0)
