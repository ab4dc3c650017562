"""The limit of the machine, measured in the same rounds as everything else.

In:    bodies.
Out:   two passes over all of them: reading every byte, and classifying every byte while counting words (limit.c).
Else:  -
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.names import DATA

_SOURCE = Path(__file__).with_name("limit.c")


def passes() -> dict[str, Callable[[bytes], int]]:
    """Return the passes by name; empty where no C compiler is, or the processor lacks AVX2."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or "avx2" not in Path("/proc/cpuinfo").read_text():
        return {}
    library = DATA / f"limit-{hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:12]}.so"
    if not library.exists():
        DATA.mkdir(exist_ok=True)
        made = library.with_suffix(f".{os.getpid()}")
        subprocess.run(
            [compiler, "-O3", "-mavx2", "-mpopcnt", "-shared", "-fPIC", "-o", str(made), str(_SOURCE)], check=True
        )
        made.replace(library)
    functions = ctypes.CDLL(str(library))
    named = {"limit: memory read": functions.xor_all, "limit: SIMD classify": functions.count_words}
    for function in named.values():
        function.argtypes, function.restype = [ctypes.c_char_p, ctypes.c_size_t], ctypes.c_uint64
    return {name: _over(function) for name, function in named.items()}


def _over(function: Callable[[bytes, int], int]) -> Callable[[bytes], int]:
    return lambda whole: function(whole, len(whole))
