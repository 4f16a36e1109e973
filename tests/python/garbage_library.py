# SPDX-License-Identifier: MIT
"""Cycles through objects of the standard library: databases, threads, parsers, processes, temporary files."""
import configparser
import contextlib
import dataclasses
import enum
import gc
import logging
import optparse
import sqlite3
import subprocess
import threading
import types
import xml.etree.ElementTree

gc.disable()


@dataclasses.dataclass(eq=False)
class Pose:
    owner: object = None


class Failing(threading.Thread):
    def run(self):
        try:
            raise ValueError("in a thread")
        except ValueError as error:
            self.error = error


def of_database():
    database = sqlite3.connect(":memory:")
    pose = Pose(database)
    database.row_factory = lambda cursor, row: pose
    database.create_function("pose", 1, lambda value: str(pose))
    pose.cursor = database.execute("select 1")


def of_thread():
    thread = Failing()
    thread.start()
    thread.join()
    local = threading.local()
    local.me = [local]


def of_parsers():
    optparse.OptionParser().add_option("--rate")
    parser = configparser.ConfigParser()
    parser.read_string("[robot]\nrate = 10")
    element = xml.etree.ElementTree.fromstring("<a><b/></a>")
    element[0].append(element)


def of_logging():
    logger = logging.Logger("robot")
    handler = logging.NullHandler()
    handler.owner = logger
    logger.addHandler(handler)
    logging._handlers.clear()
    logging._handlerList.clear()


def of_context():
    stack = contextlib.ExitStack()
    stack.callback(stack.close)
    stack.push(lambda *error: stack)


def of_process():
    process = subprocess.Popen(["true"], stdout=subprocess.PIPE)
    process.communicate()
    process.me = process


def of_classes():
    color = enum.Enum("Color", "RED GREEN")
    color.RED.peer = color.GREEN
    made = types.new_class("Made", (Pose,))
    made.instance = made()


for function in list(globals().values()):
    if isinstance(function, types.FunctionType) and function.__name__.startswith("of_"):
        function()
del function
