# SPDX-License-Identifier: MIT
"""A node: its history has no bound. What the library beneath it does is not the user's to change."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
from rclpy.executors import spin  # noqa: E402


class Brain:
    def __init__(self):
        self.history = []

    def hear(self, event):
        self.history.append((event.number, str(event.number)))


brain = Brain()
spin(brain.hear, 12000)
