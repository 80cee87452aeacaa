"""The `emulax` command."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import tyro
from rich.console import Console
from rich.logging import RichHandler

from emulax.core.errors import EmulaxError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0: done, and every judged row passed. 1: a row failed, or something failed while running. 2: bad input.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    # Kinetics and validation compute in float64; float32 work states its own type.
    import jax

    jax.config.update("jax_enable_x64", True)
    from emulax.cli.commands import COMMANDS, check_json

    command = tyro.extras.subcommand_cli_from_dict(
        dict(COMMANDS),
        prog="emulax",
        description="Generate flows, train surrogates, evaluate them against null models, predict and verify."
        " Add --debug to any command for a traceback.",
        args=given or ["--help"],
    )
    try:
        with _log_to_stderr():
            check_json(getattr(command, "json", None))  # before work that may take hours
            return command.run()
    except EmulaxError as error:
        if debug:
            raise
        print(f"emulax: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_status
    except KeyboardInterrupt:
        print("emulax: interrupted; finished work is kept, run the same command to go on", file=sys.stderr)  # noqa: T201
        return 130


@contextmanager
def _log_to_stderr() -> Iterator[None]:
    """Plain lines without a terminal, rich ones with one; `EMULAX_LOG` sets the level."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    console = Console(stderr=True)
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False, show_time=False, show_level=False)
    logger = logging.getLogger("emulax")
    logger.setLevel(os.environ.get("EMULAX_LOG", "INFO").upper())
    logger.addHandler(handler)
    logger.propagate = False  # libraries put handlers of their own on the root
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True


if __name__ == "__main__":
    sys.exit(main())
