"""What is around a command: one line for an error, whatever it is, and the exit status."""

from __future__ import annotations

import pytest

from emulax.cli.execute import execute


class Broken:
    """A command with a defect."""

    def run(self) -> int:
        raise TypeError("one thing\nand another")


class Done:
    """A command that works."""

    def run(self) -> int:
        return 0


def test_an_unforeseen_error_is_one_line(capsys):
    assert execute(Broken()) == 1
    assert capsys.readouterr().err == "emulax: unexpected TypeError: one thing; --debug shows where\n"


def test_an_unforeseen_error_shows_where_it_arose_when_asked():
    with pytest.raises(TypeError, match="one thing"):
        execute(Broken(), debug=True)


def test_an_unknown_level_of_the_log_is_bad_input(monkeypatch, capsys):
    monkeypatch.setenv("EMULAX_LOG", "inof")
    assert execute(Done()) == 2
    line = capsys.readouterr().err
    assert line.startswith("emulax: EMULAX_LOG: unknown name 'INOF', known are ")
    assert line.endswith("did you mean 'INFO'?\n")
