# SPDX-License-Identifier: MIT
"""The tools that are compared: how each is found, started, and asked for its report.

Each tool has a name and
    missing(bench)                  why it cannot run here, or None
    applies(workload)               whether it can run that workload
    start(bench, workload, argv, folder) -> (argv, environment)
    recording(folder) -> path or None, report(bench, path) -> argv or None
`slow` tools run the workload's small size, compared with native at that size. `limited` tools get a
bounded address space, because their own memory is known to grow without bound.
"""
import glob
import os
import shutil
import subprocess


def find_library(name):
    for folder in glob.glob("/usr/lib/*-linux-gnu") + ["/usr/lib64", "/usr/lib", "/usr/local/lib"]:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
    return None


class Tool:
    name = ""
    slow = False
    limited = False

    def missing(self, bench):
        return None

    def applies(self, workload):
        return not self.slow or workload.small > 0

    def start(self, bench, workload, argv, folder):
        return argv, {}

    def recording(self, folder):
        return None

    def report(self, bench, path):
        return None


class Native(Tool):
    name = "native"


class Small(Tool):
    """Native at the small size: what the slow tools are compared with."""
    name = "native-small"
    slow = True


class Leakgraph(Tool):
    name = "leakgraph"

    def missing(self, bench):
        return None if os.path.exists(bench.build + "/leakgraph") else "not built"

    def start(self, bench, workload, argv, folder):
        return [bench.build + "/leakgraph", "record", "-o", folder + "/session", "--"] + argv, {}

    def recording(self, folder):
        path = folder + "/session"
        return path if os.path.isdir(path) else None

    def report(self, bench, path):
        return [bench.build + "/leakgraph", "report", path]


class Heaptrack(Tool):
    name = "heaptrack"
    limited = True

    def missing(self, bench):
        return None if shutil.which("heaptrack") and shutil.which("heaptrack_print") else "not installed"

    def start(self, bench, workload, argv, folder):
        return ["heaptrack", "-o", folder + "/heaptrack"] + argv, {}

    def recording(self, folder):
        found = glob.glob(folder + "/heaptrack.*")
        return found[0] if found else None

    def report(self, bench, path):
        return ["heaptrack_print", path]


class UnwBacktrace(Tool):
    name = "unw_backtrace"

    def missing(self, bench):
        return None if find_library("libunwind.so.8") else "libunwind is not installed"

    def start(self, bench, workload, argv, folder):
        return argv, {"LD_PRELOAD": os.path.abspath(bench.build + "/bench/unw_backtrace_shim.so")}


class Lsan(Tool):
    """LeakSanitizer compiled in; its usual stacks follow the frame pointer, which -O2 code has none of."""
    name = "lsan"
    options = ""

    def program(self, argv):
        folder, name = os.path.split(argv[0])
        return "%s/lsan/%s" % (folder, name)

    def missing(self, bench):
        return None if os.path.exists(bench.build + "/bench/lsan/churn") else "-fsanitize=leak does not link"

    def applies(self, workload):
        built_twice = workload.command[0].startswith("{build}") and workload.name != "start-300"
        return super().applies(workload) and built_twice

    def start(self, bench, workload, argv, folder):
        return [self.program(argv)] + argv[1:], {"LSAN_OPTIONS": self.options}


class LsanWhole(Lsan):
    name = "lsan-whole"
    slow = True
    options = "fast_unwind_on_malloc=0:malloc_context_size=128"


class Valgrind(Tool):
    slow = True

    def missing(self, bench):
        return None if shutil.which("valgrind") else "not installed"

    def start(self, bench, workload, argv, folder):
        return ["valgrind", "-q", "--log-file=" + folder + "/valgrind.log"] + self.options(folder) + argv, {}


class Memcheck(Valgrind):
    name = "memcheck"

    def options(self, folder):
        return ["--leak-check=full", "--num-callers=100"]


class Massif(Valgrind):
    name = "massif"

    def options(self, folder):
        return ["--tool=massif", "--depth=100", "--massif-out-file=" + folder + "/massif.out"]

    def recording(self, folder):
        path = folder + "/massif.out"
        return path if os.path.exists(path) else None


class Gperftools(Tool):
    """Replaces the allocator too; no dump before the end."""
    name = "gperftools"
    slow = True

    def missing(self, bench):
        return None if find_library("libtcmalloc.so.4") else "libtcmalloc is not installed"

    def start(self, bench, workload, argv, folder):
        never = str(1 << 50)
        return argv, {"LD_PRELOAD": find_library("libtcmalloc.so.4"), "HEAPPROFILE": folder + "/profile",
                      "HEAP_PROFILE_ALLOCATION_INTERVAL": never, "HEAP_PROFILE_INUSE_INTERVAL": never}

    def recording(self, folder):
        found = glob.glob(folder + "/profile*.heap")
        return found[-1] if found else None


class Jemalloc(Tool):
    """Replaces the allocator too; every allocation sampled, one dump at the end."""
    name = "jemalloc"
    slow = True

    def environment(self, folder):
        return {"LD_PRELOAD": find_library("libjemalloc.so.2"),
                "MALLOC_CONF": "prof:true,lg_prof_sample:0,prof_final:true,prof_prefix:%s/jemalloc" % folder}

    def missing(self, bench):
        if not find_library("libjemalloc.so.2"):
            return "libjemalloc is not installed"
        folder = bench.new_folder()
        subprocess.run(["ls", "/"], env={**os.environ, **self.environment(folder)}, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        return None if self.recording(folder) else "this build has no profiling"

    def start(self, bench, workload, argv, folder):
        return argv, self.environment(folder)

    def recording(self, folder):
        found = glob.glob(folder + "/jemalloc*.heap")
        return found[-1] if found else None


class Tracemalloc(Tool):
    name = "tracemalloc"
    frames = 1

    def applies(self, workload):
        return self.name in workload.peers

    def start(self, bench, workload, argv, folder):
        return [argv[0], "-X", "tracemalloc=%d" % self.frames] + argv[1:], {}


class Tracemalloc25(Tracemalloc):
    name = "tracemalloc-25"
    frames = 25


class Memray(Tool):
    """With Python's own allocators, as leakgraph sees them."""
    name = "memray"

    def missing(self, bench):
        return None if shutil.which("memray") else "not installed"

    def applies(self, workload):
        return self.name in workload.peers

    def start(self, bench, workload, argv, folder):
        return ["memray", "run", "-q", "-f", "--trace-python-allocators", "-o", folder + "/memray.bin"] + argv[1:], {}

    def recording(self, folder):
        path = folder + "/memray.bin"
        return path if os.path.exists(path) else None

    def report(self, bench, path):
        return ["memray", "summary", path]


TOOLS = [Native(), Leakgraph(), UnwBacktrace(), Heaptrack(), Lsan(), Tracemalloc(), Tracemalloc25(), Memray(), Small(),
         LsanWhole(), Memcheck(), Massif(), Gperftools(), Jemalloc()]
