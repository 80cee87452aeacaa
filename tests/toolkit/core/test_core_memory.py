"""Memory that is freed stays with the process."""

import ctypes
import subprocess
import sys

import pytest

# Faults of taking and touching 64 MB for a second time.
SCRIPT = """
import ctypes, resource
from emulax.core.memory import keep_freed_memory
if {keep}:
    keep_freed_memory()
library, size = ctypes.CDLL(None), 2**26
library.malloc.restype = ctypes.c_void_p
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    memory = ctypes.c_void_p(library.malloc(ctypes.c_size_t(size)))
    ctypes.memset(memory, 1, size)
    library.free(memory)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="the C library is not glibc")
def test_memory_taken_again_has_its_pages():
    faults = {}
    for keep in (False, True):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(keep=keep)], capture_output=True, text=True, check=True
        )
        faults[keep] = int(done.stdout)
    assert faults[True] < 100
    assert faults[False] > faults[True]
