# SPDX-License-Identifier: MIT
"""What snapshots of a large heap cost: the pause, the scan and the file, with small pages and with huge ones."""
import json
import os
from statistics import median

from measure import run

MIB = 1 << 20
FULL_MB, QUICK_MB, SNAPSHOTS = 1024, 256, 5
PAUSE_MS_PER_GB = {"small pages": 60, "huge pages": 3}
SCAN_GB_PER_S = 0.5
NODE_BYTES, EDGE_BYTES = 8, 4


def resident_bytes(bench, folder, options, argv):
    """The most that the recorded program had: the launcher's figure is of the largest process."""
    command = [bench.build + "/leakgraph", "record", "-o", folder + "/session"] + options + ["--"] + argv
    done = run(bench.build + "/bench/launcher", command, folder, timeout_s=300)
    return None if done.status else done.peak_kb * 1024


def read_snapshots(bench, session):
    folder = bench.new_folder()
    run(bench.build + "/bench/launcher",
        [bench.build + "/leakgraph", "export", "--format", "json", "-o", folder + "/report.json", session], folder)
    with open(folder + "/report.json", encoding="utf-8") as file:
        found = json.load(file)["processes"][0]["snapshots"]
    return [one for one in found if one["state"] == "complete" and one["reason"] == "call"]


def measure_one(bench, options):
    folder = bench.new_folder()
    size = QUICK_MB if bench.quick else FULL_MB
    argv = [bench.build + "/bench/graph_heap", "mbytes=%d" % size, "snapshots=%d" % SNAPSHOTS]
    resident = resident_bytes(bench, folder, options, argv)
    found = read_snapshots(bench, folder + "/session") if resident else []
    if not found:
        return None
    return {"resident_bytes": resident, "count": len(found), "blocks": found[0]["blocks"],
            "edges": found[0]["edges"], "bytes": found[0]["bytes"],
            "file_bytes": found[0]["recording_bytes"],
            "pause_ms": median(one["pause_seconds"] for one in found) * 1e3,
            "expected_ms": median(one["expected_pause_seconds"] for one in found) * 1e3,
            "scan_s": median(one["scan_seconds"] for one in found),
            "scan_cpu_s": median(one["scan_cpu_seconds"] for one in found)}


def measure(bench):
    if not os.path.exists(bench.build + "/bench/graph_heap"):
        return {}
    return {"small pages": measure_one(bench, []), "huge pages": measure_one(bench, ["--huge-pages"])}


def goals(results):
    """One row for each goal: what it is, what was measured, whether it was reached (None: not run)."""
    for pages, one in results.items():
        allowed = PAUSE_MS_PER_GB[pages]
        goal = "a snapshot stops the program for at most %d ms per GB with %s" % (allowed, pages)
        per_gb = one and one["pause_ms"] / (one["resident_bytes"] / 1e9)
        yield {"goal": goal, "measured": "%.1f ms per GB" % per_gb if one else "did not run",
               "reached": per_gb <= allowed if one else None}
    one = results.get("small pages")
    if not one:
        return
    speed = one["bytes"] / 1e9 / one["scan_cpu_s"]
    room = NODE_BYTES * one["blocks"] + EDGE_BYTES * one["edges"]
    yield {"goal": "a snapshot reads at least %.1f GB of blocks per second" % SCAN_GB_PER_S,
           "measured": "%.2f GB/s of the processor, %.2f by the clock" %
                       (speed, one["bytes"] / 1e9 / one["scan_s"]), "reached": speed >= SCAN_GB_PER_S}
    yield {"goal": "a graph takes at most %d bytes per node and %d per edge" % (NODE_BYTES, EDGE_BYTES),
           "measured": "%.0f %% of that" % (100 * one["file_bytes"] / room), "reached": one["file_bytes"] <= room}


def rows(results):
    for pages, one in results.items():
        if one:
            yield [pages, "%.0f MiB" % (one["resident_bytes"] / MIB), "{:,}".format(one["blocks"]),
                   "{:,}".format(one["edges"]), "%.1f ms" % one["pause_ms"], "%.1f ms" % one["expected_ms"],
                   "%.2f s" % one["scan_s"], "%.2f s" % one["scan_cpu_s"],
                   "%.1f MiB" % (one["file_bytes"] / MIB)]
