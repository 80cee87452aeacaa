"""What the command line says of itself."""

from __future__ import annotations

import pytest

import emulax
from emulax.cli.main import main
from emulax.core.resources import recipes


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"emulax {emulax.__version__}\n"


def test_the_help_of_generate_names_the_shipped_recipes(capsys):
    with pytest.raises(SystemExit):
        main(["generate", "--help"])
    shown = capsys.readouterr().out
    assert recipes()
    assert not [name for name in recipes() if name not in shown]
