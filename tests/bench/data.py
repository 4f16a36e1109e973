# SPDX-License-Identifier: MIT
"""Inputs of the real programs, generated once below the build folder."""
import os
import shutil
import subprocess
import sys


def cc1plus():
    """cc1plus's path, or None without g++."""
    if not shutil.which("g++"):
        return None
    path = subprocess.run(["g++", "-print-prog-name=cc1plus"], capture_output=True, text=True).stdout.strip()
    return path if os.path.isabs(path) and os.path.exists(path) else None


def python3():
    """The system's interpreter rather than a script that looks for one."""
    return "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else os.path.realpath(sys.executable)


def write_sql(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        file.write("CREATE TABLE readings(id INTEGER PRIMARY KEY, sensor TEXT, value REAL, note TEXT);\n")
        file.write("CREATE INDEX by_sensor ON readings(sensor, value);\nBEGIN;\n")
        for row in range(rows):
            file.write("INSERT INTO readings VALUES(%d,'sensor %d',%d.25,'note number %d of the log');\n"
                       % (row, row * 7919 % 1000, row * 31 % 5000, row))
        file.write("COMMIT;\nSELECT sensor, count(*), avg(value) FROM readings GROUP BY sensor LIMIT 3;\n")


def write_csv(path, rows):
    """The indexed column comes in no order, as keys do."""
    with open(path, "w", encoding="utf-8") as file:
        for row in range(rows):
            file.write("%d,sensor %d,%d.25,note number %d of what the sensors said\n"
                       % (row, row * 2654435761 % 2 ** 32, row * 31 % 5000, row))


def write_heavy_header(path):
    source = path + ".cc"
    with open(source, "w", encoding="utf-8") as file:
        file.write("#include <bits/stdc++.h>\n"
                   "bool f(const std::string &s) { return std::regex_search(s, std::regex(\"a+b\")); }\n")
    subprocess.run(["g++", "-std=gnu++17", "-E", source, "-o", path], check=True)


def prepare(folder, workloads, size_of):
    """Writes what these workloads read, at the sizes they will run."""
    os.makedirs(folder, exist_ok=True)
    for workload in workloads:
        path = "%s/bulk-%d.csv" % (folder, size_of(workload))
        if workload.name == "sqlite3" and not os.path.exists(path):
            write_csv(path, size_of(workload))
        path = "%s/bulk-%d.sql" % (folder, size_of(workload))
        if workload.name == "sqlite3-text" and not os.path.exists(path):
            write_sql(path, size_of(workload))
        path = "%s/heavy-%d.ii" % (folder, size_of(workload))
        if workload.name == "cc1plus" and not os.path.exists(path) and cc1plus():
            write_heavy_header(path)
