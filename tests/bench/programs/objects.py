# SPDX-License-Identifier: MIT
"""objects.py ROUNDS: classes, dictionaries, strings and json, as a Python robot uses them."""
import json
import sys


class Pose:
    def __init__(self, number):
        self.name = "pose %d" % number
        self.position = [number * 0.5, number * 0.25, 1.0 + number]


class Robot:
    def __init__(self, number):
        self.poses = [Pose(number + i) for i in range(20)]
        self.state = {"robot": number, "battery": 0.5 + number, "tags": ["a%d" % i for i in range(10)]}

    def message(self):
        poses = [{"name": pose.name, "position": pose.position} for pose in self.poses]
        return json.dumps({"state": self.state, "poses": poses}, sort_keys=True)


def main(rounds):
    length = 0
    robots = {}
    for number in range(rounds):
        robots[number % 50] = Robot(number)
        message = json.loads(robots[number % 50].message())
        length += len(message["poses"]) + len(message["state"]["tags"])
        length += sum(len(word) for word in ("%d fish" % number * 5).split())
    print(length)


main(int(sys.argv[1]))
