"""What is around every command: log output, one line for an error, and the exit status."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.logging import RichHandler

from emulax.core.errors import EmulaxError, InputError, unknown_name
from emulax.core.files import check_output
from emulax.workflows.rows import Row, all_passed, print_rows, write_rows

_PLAIN_WIDTH = 140  # where there is no terminal to fit


@runtime_checkable
class Command(Protocol):
    """What a command can do."""

    def run(self) -> int:
        """Do it and return the exit status."""
        ...


def execute(command: Command, *, debug: bool = False) -> int:
    """Run one command and return its exit status.

    0: done, and every judged row passed. 1: a row failed, or something failed while running. 2: bad input. 3: out of
    distribution under `--strict`. 130: interrupted.
    """
    # Kinetics and validation compute in float64; float32 work states its own type.
    import jax

    jax.config.update("jax_enable_x64", True)
    try:
        with _log_to_stderr():
            _check_json(getattr(command, "json", None))  # before work that may take hours
            return command.run()
    except EmulaxError as error:
        if debug:
            raise
        print(f"emulax: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    except Exception as error:
        if debug:
            raise
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"emulax: unexpected {line}; --debug shows where", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("emulax: interrupted; finished work is kept, run the same command to go on", file=sys.stderr)  # noqa: T201
        return 130


def show(command: str, rows: list[Row], path: Path | None) -> int:
    """Print rows, write them to `path` if given, and return the exit status that they imply."""
    show_unjudged(command, rows, path)
    return 0 if all_passed(rows) else 1


def show_unjudged(command: str, rows: list[Row], path: Path | None) -> None:
    """Print rows and write them to `path` if given."""
    print_rows(command, rows, Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH))
    if path is not None:
        write_rows(path, command, rows)


def _check_json(path: Path | None) -> None:
    """Refuse a file for the rows that cannot be written."""
    if path is None:
        return
    check_output(path.parent, "--json")
    if path.is_dir():
        raise InputError("--json", f"{path} is a folder, must be a file")


@contextmanager
def _log_to_stderr() -> Iterator[None]:
    """Plain lines without a terminal, rich ones with one; `EMULAX_LOG` sets the level."""
    level = (os.environ.get("EMULAX_LOG") or "INFO").upper()
    if level not in logging.getLevelNamesMapping():
        raise unknown_name("EMULAX_LOG", level, logging.getLevelNamesMapping())
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    console = Console(stderr=True)
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, show_time=False, show_level=False)
    logger = logging.getLogger("emulax")
    logger.setLevel(level)
    logger.addHandler(handler)
    logger.propagate = False  # libraries put handlers of their own on the root
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
