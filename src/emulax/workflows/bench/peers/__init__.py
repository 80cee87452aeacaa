"""Other codes to compare with, each in an environment of its own, made at first use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from emulax.core.errors import RunError
from emulax.core.progress import log
from emulax_native import cache_folder

PACKAGES = {
    "lbmpy": ("lbmpy==2.0",),
    "torch": ("torch==2.13.0",),
    "xlb": ("xlb==0.3.1", "warp-lang==1.10.0"),
}
_HERE = Path(__file__).parent


def run_peer(peer: str, script: str, *arguments: object) -> dict[str, float]:
    """Run one of the scripts beside this file with a peer's Python and return what it prints.

    Args:
        peer: One of `PACKAGES`.
        script: Name of the script.
        arguments: Its arguments.

    Raises:
        RunError: The peer cannot be installed, or its script failed.
    """
    command = [str(_python(peer)), str(_HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunError(f"{peer}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def _python(peer: str) -> Path:
    folder = cache_folder().parent / "peers" / "-".join(PACKAGES[peer]).replace("==", "-")
    python, finished = folder / "bin" / "python", folder / "finished"
    if not finished.exists():
        log.info("making an environment for %s (once)", peer)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES[peer]],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RunError(f"{peer} cannot be installed: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        finished.touch()
    return python
