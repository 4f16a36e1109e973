# SPDX-License-Identifier: MIT
"""One run of one command: what it cost and what it printed."""
import json
import os
import re
import subprocess
from dataclasses import dataclass, field


@dataclass
class Run:
    status: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_kb: int = 0         # all processes together when sampled, else the largest process
    timed_out: bool = False
    numbers: dict = field(default_factory=dict)   # what a workload of ours printed
    output: str = ""         # without the numbers that differ from run to run


def folder_bytes(path):
    """Apparent sizes: the same number on every file system."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)


def run(launcher, argv, folder, environment=None, stdin=None, timeout_s=300, limit_mb=0, sample=False):
    result, output = folder + "/costs.json", folder + "/stdout"
    command = [launcher, result, str(timeout_s), str(limit_mb), "1" if sample else "0"] + argv
    with open(stdin or os.devnull, "rb") as source, open(output, "wb") as target, \
            open(folder + "/stderr", "wb") as errors:
        subprocess.run(command, stdin=source, stdout=target, stderr=errors, cwd=folder, check=True,
                       env={**os.environ, **(environment or {})})
    with open(result, encoding="utf-8") as file:
        costs = json.load(file)
    with open(output, encoding="utf-8", errors="replace") as file:
        text = file.read()
    numbers = {name: int(value) for name, value in re.findall(r"\b(\w+)=(\d+)\b", text)}
    return Run(costs["status"], costs["wall_ns"] / 1e9, costs["cpu_ns"] / 1e9,
               max(costs["peak_kb"], costs["max_rss_kb"]), bool(costs["timed_out"]), numbers,
               re.sub(r"loop_ns=\d+", "", text))
