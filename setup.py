"""Build the native kernel beside the Python package, or say in one line that the plain twin will be used.

In:    native/ (Rust without crates) and a `cargo` of 1.63 or newer, if there is one.
Out:   src/spillkit/kernel/_kernel.so, loaded through cffi: one wheel serves every Python 3.
Else:  everything declarative is in pyproject.toml; the folding tables are written by kernel/tables.py.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
NATIVE = ROOT / "native"
LIBRARY = ROOT / "src" / "spillkit" / "kernel" / "_kernel.so"


def build_kernel() -> str:
    """Build the kernel into the package; return "" or, in words, why it could not be built."""
    LIBRARY.unlink(missing_ok=True)
    if os.environ.get("SPILLKIT_NO_NATIVE") == "1":
        return "SPILLKIT_NO_NATIVE=1 is set"
    cargo = os.environ.get("CARGO") or shutil.which("cargo")
    if cargo is None:
        return "there is no `cargo` on this machine"
    write_tables()
    done = subprocess.run(
        [cargo, "build", "--release", "--locked", "--offline", "--manifest-path", str(NATIVE / "Cargo.toml")],
        env={**os.environ, "CARGO_TARGET_DIR": str(NATIVE / "target")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        return "`cargo build` failed (its output stands above)"
    names = ("libspillkit_kernel.so", "libspillkit_kernel.dylib", "spillkit_kernel.dll")
    built = [NATIVE / "target" / "release" / name for name in names if (NATIVE / "target" / "release" / name).exists()]
    if not built:
        return "`cargo build` left no library"
    # The old file may be mapped by a running process: put the new one beside it and rename.
    fresh = LIBRARY.with_suffix(".so.new")
    shutil.copyfile(built[0], fresh)
    fresh.replace(LIBRARY)
    return ""


def write_tables() -> None:
    """Write native/generated/tables.bin with this Python's Unicode and HTML data."""
    # By path: importing the package would ask for its dependencies, which a build has no need of.
    load("tables").write_tables(NATIVE / "generated" / "tables.bin", load("fold"))


def load(name: str) -> ModuleType:
    """Return src/spillkit/kernel/<name>.py as a module."""
    spec = importlib.util.spec_from_file_location(f"spillkit_{name}", LIBRARY.parent / f"{name}.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"src/spillkit/kernel/{name}.py is missing: this is no whole copy of Spillkit")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildWithKernel(build_py):
    """Build the kernel first, so that it is found among the package's data."""

    def run(self) -> None:
        """Build, then copy as always."""
        reason = build_kernel()
        if reason:
            sys.stderr.write(
                f"spillkit: the plain-Python matcher will be used, because {reason}; "
                "for the fast one install Rust 1.63 or newer (Debian: apt install cargo) and install spillkit again.\n"
            )
        super().run()


class AnyPython(bdist_wheel):
    """The kernel is loaded through cffi, so one wheel fits every Python 3 of a platform."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return py3-none-<platform>, or py3-none-any where no kernel was built."""
        if not LIBRARY.exists():
            return "py3", "none", "any"
        return "py3", "none", super().get_tag()[2]


class Platform(Distribution):
    """The wheel holds machine code, if a kernel can be built at all."""

    def has_ext_modules(self) -> bool:
        """Put the package where machine code belongs."""
        return os.environ.get("SPILLKIT_NO_NATIVE") != "1"


setup(cmdclass={"build_py": BuildWithKernel, "bdist_wheel": AnyPython}, distclass=Platform)
