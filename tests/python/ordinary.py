# SPDX-License-Identifier: MIT
"""An ordinary script: nothing is lost here, and nothing to be told."""
import argparse
import asyncio
import collections
import csv
import ctypes
import datetime
import decimal
import json
import logging
import multiprocessing
import re
import sqlite3
import subprocess
import threading
import unittest
import xml.etree.ElementTree


class Robot:
    def __init__(self, name):
        self.name = name
        self.path = [(i, i * i) for i in range(50)]


async def drive(robot):
    await asyncio.sleep(0)
    return robot.name


robots = {i: Robot(f"robot {i}") for i in range(100)}
names = [asyncio.run(drive(robots[0])), json.dumps({"a": [1, 2.5, None]}), re.sub("a", "b", "banana")]
database = sqlite3.connect(":memory:")
database.execute("create table t (a)")
database.executemany("insert into t values (?)", [(i,) for i in range(100)])
thread = threading.Thread(target=lambda: names.append(datetime.datetime.now().year))
thread.start()
thread.join()
print(len(names), database.execute("select sum(a) from t").fetchone(), decimal.Decimal("1.5") * 2)
