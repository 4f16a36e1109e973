# SPDX-License-Identifier: MIT
"""Instructions per malloc+free pair: they do not depend on what else the machine does.

Counted by `perf stat` where the processor's counters are to be had, else under callgrind. The counts of a
run with n pairs are subtracted from those of a run with 2n, so that start-up, warm-up and exit drop out.
"""
import os
import re
import shutil
import subprocess

PAIRS = 200000


def preload_of(bench, tool, folder):
    if tool == "leakgraph":
        return {"LD_PRELOAD": os.path.abspath(bench.build + "/libleakgraph.so"),
                "LEAKGRAPH_OUT": folder}
    if tool == "unw_backtrace":
        return {"LD_PRELOAD": os.path.abspath(bench.build + "/bench/unw_backtrace_shim.so")}
    if tool == "heaptrack":
        script = os.path.realpath(shutil.which("heaptrack"))
        library = os.path.join(os.path.dirname(script), "../lib/heaptrack/libheaptrack_preload.so")
        return {"LD_PRELOAD": os.path.realpath(library), "DUMP_HEAPTRACK_OUTPUT": folder + "/raw"}
    return {}


def perf_works():
    if not shutil.which("perf"):
        return False
    tried = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True,
                           text=True, check=False)
    return tried.returncode == 0 and tried.stderr.split(",")[0].isdigit()


def count(counter, argv, environment):
    if counter == "perf stat":
        # perf would be preloaded too: the program alone gets the environment.
        settings = ["%s=%s" % pair for pair in environment.items()]
        command, pattern = ["perf", "stat", "-x,", "-e", "instructions:u", "env"] + settings, r"^(\d+),"
        environment = {}
    else:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        pattern = r"^==%d== Collected : (\d+)"    # processes that it forked tell theirs too
    with subprocess.Popen(command + argv, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as process:
        text = process.stderr.read()
    found = re.search(pattern.replace("%d", str(process.pid)), text, re.MULTILINE)
    return int(found.group(1)) if found and process.returncode == 0 else None


def per_pair(bench, counter, workload, tool):
    counts = []
    for pairs in (PAIRS, 2 * PAIRS):
        argv, folder = workload.argv(bench.paths, pairs), bench.new_folder()
        counts.append(count(counter, argv, preload_of(bench, tool, folder)))
        if tool == "heaptrack" and not os.path.getsize(folder + "/raw"):
            return None    # it gives up under callgrind
    return (counts[1] - counts[0]) / PAIRS if None not in counts else None


def measure(bench, workloads, tools):
    """{"counter": how, "workloads": {name: {tool: instructions per pair}}}"""
    counter = "perf stat" if perf_works() else "callgrind" if shutil.which("valgrind") else None
    found = {"counter": counter, "workloads": {}}
    for workload in workloads if counter else []:
        row = found["workloads"][workload.name] = {}
        for tool in tools:
            bench.progress("instructions", workload.name, tool)
            row[tool] = per_pair(bench, counter, workload, tool)
    return found
