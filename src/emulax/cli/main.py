"""The `emulax` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tyro

import emulax
from emulax.cli.commands import COMMANDS
from emulax.cli.execute import execute


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    The statuses are those of `execute`.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        print(f"emulax {emulax.__version__}")  # noqa: T201
        return 0
    debug = "--debug" in given
    given = [argument for argument in given if argument != "--debug"]
    command = tyro.extras.subcommand_cli_from_dict(
        dict(COMMANDS),
        prog="emulax",
        description="Generate flows, train surrogates, evaluate them against null models, predict and verify."
        " Add --debug to any command for a traceback; --version alone prints the version.",
        args=given or ["--help"],
    )
    return execute(command, debug=debug)


if __name__ == "__main__":
    sys.exit(main())
