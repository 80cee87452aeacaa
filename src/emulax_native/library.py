"""Building, keeping and loading a library.

It is compiled at first use by the system's compiler, for this processor, and lies in
`$XDG_CACHE_HOME/emulax/native/<sha256>/`, where the hash covers everything it depends on. Only what this user alone can
write to is ever loaded.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jax.ffi

_FLAGS = (
    *("-O3", "-march=native", "-std=c++17", "-fopenmp", "-fPIC", "-shared"),
    *("-fno-math-errno", "-fno-signed-zeros", "-fno-trapping-math"),
)
_NAME = "library.so"


class NativeError(RuntimeError):
    """A library cannot be built or loaded; the text says why."""


@dataclass(frozen=True)
class Sources:
    """What a library is made of.

    Args:
        folder: Folder of `ffi.cpp`, which is compiled, and the headers it includes.
        defines: Macros and their values.
        generated: Names and texts of further headers.
    """

    folder: Path
    defines: Mapping[str, str] = field(default_factory=dict)
    generated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Library:
    """A loaded library; `key` is the hash of everything it was made from."""

    key: str
    handle: ctypes.CDLL

    def register(self, symbol: str) -> str:
        """Make one of its handlers known to JAX on CPUs; returns the name for `jax.ffi.ffi_call`."""
        name = f"{symbol}_{self.key[:16]}"
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(getattr(self.handle, symbol)), platform="cpu")
        return name


def load_library(sources: Sources) -> Library:
    """A library, compiled unless it lies in the cache.

    Raises:
        NativeError: No compiler, a failed compilation, or a cache that cannot be used or trusted.
    """
    compiler = find_compiler()
    flags = [*_FLAGS, *(f"-D{name}={value}" for name, value in sources.defines.items())]
    folder, key = cache_folder(), _key(compiler, flags, sources)
    finished = folder / key
    try:
        if os.path.lexists(finished):
            _require_private(finished)
        if not _is_whole(finished / _NAME):
            _build(compiler, flags, sources, folder, finished)
    except OSError as error:
        raise _not_kept(folder, error) from error
    library = str(finished / _NAME)
    try:
        return Library(key, ctypes.CDLL(library))
    except OSError as error:
        # The path is another for every library, and what is wrong is to be said once.
        raise NativeError(f"what {compiler} makes cannot be loaded{str(error).removeprefix(library)}") from error


def find_compiler() -> str:
    """Path of the C++ compiler: `$CXX`, else `c++`, `g++` or `clang++`.

    Raises:
        NativeError: There is none.
    """
    asked = os.environ.get("CXX")
    for name in (asked,) if asked else ("c++", "g++", "clang++"):
        if found := shutil.which(name):
            return found
    raise NativeError(f"there is no C++ compiler ({asked or 'c++, g++, clang++'}); install one, such as g++")


def cache_folder() -> Path:
    """Where libraries are kept: made if missing, and this user's alone.

    Raises:
        NativeError: It cannot be made, or another user owns it or may write to it.
    """
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        folder = root if root.is_absolute() else Path.home() / ".cache"
    except RuntimeError as error:
        raise NativeError("there is no home folder to keep its library in: set XDG_CACHE_HOME") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("emulax", "native"):
            folder = folder / name
            folder.mkdir(mode=0o700, exist_ok=True)
            _require_private(folder)
    except OSError as error:
        raise _not_kept(folder, error) from error
    return folder


def _not_kept(folder: Path, error: OSError) -> NativeError:
    return NativeError(
        f"its library cannot be kept in {folder} ({error.strerror}): set XDG_CACHE_HOME to a folder that can be written"
    )


def _require_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise NativeError(f"{folder} is not a folder of this user alone (mode 0700): remove it")


def _key(compiler: str, flags: Sequence[str], sources: Sources) -> str:
    """Hash of everything that the compiled library depends on."""
    try:
        version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NativeError(f"{compiler} is no C++ compiler: it does not say its version") from error
    header = Path(jax.ffi.include_dir()) / "xla" / "ffi" / "api"
    parts = [
        *(path.read_bytes() for path in sorted(sources.folder.glob("*.[ch]pp"))),
        *(text.encode() for text in sources.generated.values()),
        *(path.read_bytes() for path in sorted(header.glob("*.h"))),
        "\n".join([compiler, version, *flags, _processor(), *platform.libc_ver()]).encode(),
    ]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def _processor() -> str:
    """Architecture and features of the processor, which `-march=native` compiles for; not its name or host."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    kept = ("vendor_id", "cpu family", "model\t", "flags", "Features", "CPU implementer", "CPU part")
    return platform.machine() + "\n" + "\n".join(sorted({line for line in lines if line.startswith(kept)}))


def _is_whole(library: Path) -> bool:
    """Whether a library ends, after all that the loader reads, in the hash of the rest: one that is cut would kill."""
    try:
        contents = library.read_bytes()
    except FileNotFoundError:
        return False
    size = hashlib.sha256().digest_size
    return hashlib.sha256(contents[:-size]).digest() == contents[-size:]


def _build(compiler: str, flags: Sequence[str], sources: Sources, folder: Path, finished: Path) -> None:
    """Compile in a temporary folder and rename it; over one that is there, of another process or damaged, the file."""
    work = Path(tempfile.mkdtemp(dir=folder, prefix=".building-"))  # mode 0700
    library = work / _NAME
    try:
        for name, text in sources.generated.items():
            (work / name).write_text(text, encoding="utf-8")
        includes = [f"-I{work}", f"-I{sources.folder}", "-isystem", jax.ffi.include_dir()]
        command = [compiler, *flags, *includes, str(sources.folder / "ffi.cpp"), "-o", str(library)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            first = next((line for line in lines if "error" in line), lines[-1] if lines else "no message")
            raise NativeError(f"{compiler} cannot compile it: {first}")
        if not library.exists():
            raise NativeError(f"{compiler} is no C++ compiler: it makes no library")
        made = library.read_bytes()
        library.write_bytes(made + hashlib.sha256(made).digest())
        try:
            work.rename(finished)
        except OSError:
            if not finished.is_dir():
                raise
            library.replace(finished / _NAME)
    finally:
        shutil.rmtree(work, ignore_errors=True)
