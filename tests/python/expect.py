# SPDX-License-Identifier: MIT
"""expect.py REPORT.json CONDITION...: Python expressions about the first process of a report: `process`, its
`python`, and `types`, the garbage by type. Prints those that do not hold; the status tells."""
import json
import sys

with open(sys.argv[1]) as file:
    process = min(json.load(file)["processes"], key=lambda one: one["started"])
python = process["python"]
types = {t["type"]: t["garbage_objects"] for t in python.get("types", []) if t["garbage_objects"]}


def collected(path):
    """What gc.collect() found, as collected.py wrote it."""
    with open(path) as file:
        expected = json.load(file)
    if expected["types"] != types:
        print("collected:", expected["types"], "found:", types)
    return expected["count"] == python["garbage_objects"] and expected["types"] == types


def lost(kind, objects, references, found):
    return any(
        (leak["type"], leak["objects"], leak["references"], leak["found"])
        == (kind, objects, references, found)
        for leak in python["leaks"]
    )


def labels(cycle):
    return sorted(edge["label"] for edge in cycle["edges"])


failed = [condition for condition in sys.argv[2:] if not eval(condition)]
for condition in failed:
    print("does not hold:", condition)
    print({key: value for key, value in python.items() if key not in ("types", "cycles")})
sys.exit(bool(failed))
