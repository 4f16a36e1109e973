# SPDX-License-Identifier: MIT
"""Three children that only run a function before they execute another program, and one that leaves garbage."""
import gc
import os
import subprocess

gc.disable()
kept = [str(i) * 3 for i in range(20000)]
for _ in range(3):
    subprocess.Popen(["/bin/true"], preexec_fn=os.setsid).wait()

if os.fork() == 0:
    ring = []
    ring.append(ring)
    del ring
    os._exit(0)
os.wait()
