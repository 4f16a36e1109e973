# SPDX-License-Identifier: MIT
"""Allocates through the standard library and the language's shortcuts, and keeps it all; see attributed.py. Python
keeps the memory of a few dead lists, dicts and tuples for new ones, which is no allocation then: tracemalloc calls
it one of the new line. A whole collection gives that memory up."""
import array
import asyncio
import collections
import concurrent.futures
import copy
import ctypes
import dataclasses
import gc
import itertools
import json
import random
import re
import sqlite3
import struct

import attributed

kept = []
MESSAGE = json.dumps([{"id": i, "name": "robot %d" % i, "at": [i, i * 0.5]} for i in range(1000)])
Reading = collections.namedtuple("Reading", "sensor value")


@dataclasses.dataclass
class Pose:
    x: float
    y: float
    tags: list


def growing_dict(n):
    table = {}
    for i in range(n):
        table[i] = i * 1.5
    return table


def growing_set(n):
    return {str(i) for i in range(n)} | {i + 0.5 for i in range(n)}


def formatted(n):
    return [f"reading {i:06d} of {n!r}"
            f" and {i * 2}" for i in range(n)]


def records(n):
    poses = [Pose(i * 0.5, i * 0.25, [i, str(i)]) for i in range(n)]
    readings = [Reading("lidar %d" % i, i + 0.5)
                for i in range(n)]
    return poses, readings


def copies(n):
    source = {"poses": [[i, i + 0.5] for i in range(n)]}
    return copy.deepcopy(source)


def parsed(n):
    words = re.findall(r"robot \d+", MESSAGE)
    return json.loads(MESSAGE)[:n], words


def in_c(n):
    numbers = list(map(float, range(n)))
    pairs = list(zip(map(str, numbers), itertools.repeat(None)))
    packed = [struct.pack("<id", i, i * 0.5) for i in range(n)]
    joined = b"".join(packed)
    ordered = sorted(pairs, key=lambda pair: pair[0][::-1])
    return numbers, ordered, packed, joined, array.array("d", numbers)


def by_ctypes(n):
    return [(ctypes.c_double * 100)(*range(i % 100)) for i in range(n)]


def from_database(n):
    database = sqlite3.connect(":memory:")
    database.execute("create table t (a integer, b text)")
    database.executemany("insert into t values (?, ?)", ((i, "row %d" % i) for i in range(n)))
    return database.execute("select * from t").fetchall()


def delegated(n):
    def inner(start):
        for i in range(start, start + n):
            yield [i]

    def outer():
        yield from inner(1000)
        yield from (str(i) for i in range(n))

    return list(outer())


def awaited(n):
    async def read(i):
        await asyncio.sleep(0)
        return {"sensor": i,
                "value": bytes(i)}

    async def all_of_them():
        return await asyncio.gather(*(read(i) for i in range(n)))

    return asyncio.run(all_of_them())


def pooled(n):
    def work(i):
        return bytearray(i % 500 + 1)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, range(n)))


def sliced(n):
    generator = random.Random(7)
    numbers = [generator.random() for _ in range(n)]
    return [numbers[i:i + 10] for i in range(0, n, 5)], numbers[::-1]


def run():
    for function in (growing_dict, growing_set, formatted, records, copies, parsed, in_c, by_ctypes, from_database,
                     delegated, awaited, pooled, sliced):
        gc.collect()
        kept.append(function(1000))


attributed.run(run, __file__)
