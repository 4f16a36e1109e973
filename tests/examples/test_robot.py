# SPDX-License-Identifier: MIT
"""pytest: a fixture that runs a program and fails the test when it leaks."""

import os
import subprocess

import pytest

LEAKGRAPH = os.environ.get("LEAKGRAPH", "leakgraph")
ROBOT = os.environ.get("ROBOT", "./robot")


@pytest.fixture
def run_without_leaks(tmp_path):
    def run(*command, budgets=()):
        done = subprocess.run(
            [LEAKGRAPH, "check", "-o", tmp_path / "session", *budgets, "--", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_planning(run_without_leaks):
    run_without_leaks(ROBOT, *os.environ.get("ROBOT_ARGUMENTS", "").split())


def test_memory_of_planning(run_without_leaks):
    run_without_leaks(
        ROBOT, "--forget", budgets=["--max-leaked-bytes", "2K", "--max-peak-bytes", "2K"]
    )
