# SPDX-License-Identifier: MIT
"""For scripts that allocate in many ways and keep it all. With "traced" as argument tracemalloc's figures for each
line are printed; otherwise the script is to be recorded: tracemalloc itself allocates on the lines that it traces."""
import os
import sys
import tracemalloc


def run(function, *files):
    """Calls the function and ends the process; says what the lines of the files hold then."""
    if sys.argv[1:] != ["traced"]:
        function()
        os._exit(0)
    tracemalloc.start()
    function()
    found = tracemalloc.take_snapshot()
    tracemalloc.stop()
    for name in files:
        only = found.filter_traces([tracemalloc.Filter(True, name)])
        for entry in only.statistics("lineno"):
            frame = entry.traceback[0]
            print(os.path.basename(frame.filename), frame.lineno, entry.count, entry.size)
    sys.stdout.flush()
    os._exit(0)
