# SPDX-License-Identifier: MIT
"""C code that Python calls, with the interpreter's lock released, and that calls Python back; see
tests/expect_stacks.py.

expect 100000 released@released <module>@call_released
expect 110000 compare@compare callback@callback <module>@call_callback
expect 120000 released@released compare_in_c@compare_in_c callback_in_c@callback_in_c <module>@call_callback_in_c
expect 130000 in_thread@in_thread Thread.run Thread._bootstrap_inner Thread._bootstrap
expect 140000 filled@filled <module>@call_filled
expect 150000 foreign@foreign
"""
import ctypes
import os
import sqlite3
import threading

kept = []
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
COMPARE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def released(size):
    kept.append(libc.malloc(size))  # @released


def compare(one, other):
    kept.append(bytes(110000)) if len(kept) < 2 else None  # @compare
    return 0


def compare_in_c(one, other):
    released(120000) if len(kept) < 3 else None  # @compare_in_c
    return 0


def callback():
    numbers = (ctypes.c_int * 2)(1, 2)
    libc.qsort(numbers, 2, 4, COMPARE(compare))  # @callback


def callback_in_c():
    numbers = (ctypes.c_int * 2)(1, 2)
    libc.qsort(numbers, 2, 4, COMPARE(compare_in_c))  # @callback_in_c


def in_thread():
    kept.append(libc.malloc(130000))  # @in_thread


def filled():
    database = sqlite3.connect(":memory:")
    database.execute("create table t (b blob)")
    database.execute("insert into t values (zeroblob(140000))")
    kept.append(database.execute("select b from t").fetchone()[0])  # @filled
    kept.append(database)


START = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)


@START
def foreign(argument):
    kept.append(bytes(150000))  # @foreign


def start_foreign():
    thread = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(thread), None, foreign, None)
    libc.pthread_join(thread, None)


released(100000)  # @call_released
callback()  # @call_callback
callback_in_c()  # @call_callback_in_c
thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
filled()  # @call_filled
start_foreign()
os._exit(0)
