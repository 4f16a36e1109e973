#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check_json.py REPORT.json...: validates against report/report.schema.json and checks what a schema
cannot say. Strict: a key that the schema does not list is an error here, though not to our users."""
import json
import pathlib
import sys

import jsonschema


def strict(schema):
    if isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            strict(value)
    elif isinstance(schema, list):
        for value in schema:
            strict(value)
    return schema


def total(amounts, key):
    return sum(amount[key] for amount in amounts)


def check_process(process):
    leaks = process["leaks"]
    classes = [leaks["direct"], leaks["indirect"], leaks["cycle"]]
    for key in ("blocks", "bytes"):
        assert leaks[key] == total(classes, key), f"classes of {key} do not add up"
        for name in ("direct", "indirect", "cycle"):
            sites = [site for site in leaks["sites"] if site["class"] == name]
            assert leaks[name][key] == total(sites, key), f"sites of {name} {key} do not add up"
        assert leaks["cycle"][key] == total(process["cycles"], key), f"cycles' {key} do not add up"
    assert leaks["checked"] == (leaks["why_not"] is None)
    for cycle in process["cycles"]:
        assert cycle["weaken"] < len(cycle["edges"])
        for edge in cycle["edges"]:
            assert max(edge["from"], edge["to"]) < len(cycle["members"])


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    schema = strict(json.loads((root / "report" / "report.schema.json").read_text()))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in sys.argv[1:]:
        report = json.loads(pathlib.Path(path).read_bytes().decode("utf-8"))
        errors = [f"{path}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(report)]
        if errors:
            sys.exit("\n".join(errors))
        for process in report["processes"]:
            check_process(process)


main()
