# SPDX-License-Identifier: MIT
"""expect_path.py GRAPH.json STEP...: the way from a root to the one object that was asked for, in JSON from
`leakgraph graph --path-from-root`: names of references from its end on, and at last the root's name, as much of
it as is given."""
import json
import sys

with open(sys.argv[1]) as file:
    process = json.load(file)["processes"][0]
nodes = process["nodes"]
at = next(i for i, node in enumerate(nodes) if node.get("asked_for"))
way = []
while True:
    into = [edge for edge in process["edges"] if edge["to"] == at]
    if not into:
        way.append(nodes[at]["name"])
        break
    at = into[0]["from"]
    if into[0]["label"]:
        way.append(into[0]["label"])
expected = sys.argv[2:]
print("found:", way)
print("expected:", expected)
sys.exit(way[:len(expected) - 1] != expected[:-1] or expected[-1] not in way)
