# SPDX-License-Identifier: MIT
"""An exception that nobody catches: its traceback and status are the same, and what it holds is no leak.

expect main["leaks"]["blocks"] == 0
expect main["status"] == 1
"""


class Sensor:
    def __init__(self):
        self.buffer = bytearray(10000)

    def read(self):
        raise OSError("no sensor")


def main():
    sensor = Sensor()
    try:
        sensor.read()
    except OSError as error:
        raise RuntimeError("robot stopped") from error


main()
