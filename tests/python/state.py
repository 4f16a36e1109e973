# SPDX-License-Identifier: MIT
"""What a script can see of its interpreter; it has to be the same when it is recorded."""
import gc
import os
import signal
import sys

print(sorted(sys.modules))
print(sys.flags, sys.getswitchinterval(), sys.getrecursionlimit(), sys.gettrace(), sys.getprofile())
print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks, len(gc.get_objects()))
print(gc.get_stats(), gc.get_count(), gc.get_freeze_count(), gc.garbage)
print([signal.getsignal(number) for number in range(1, 32)])
print(sorted(os.listdir(".")), sorted(os.listdir(os.path.dirname(os.path.abspath(__file__)))))
print(sorted(name for name in os.environ if not name.startswith(("LD_PRELOAD", "LEAKGRAPH_"))))
print(sorted(item for item in os.environ.items() if item[0].startswith("PYTHON")))
print(sys.exc_info(), sys.path)
