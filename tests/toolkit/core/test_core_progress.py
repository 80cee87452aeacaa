import io
import itertools
import logging

import pytest
from rich.console import Console

from emulax.core import progress as room
from emulax.core.progress import Tick, progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by ten seconds whenever it is read."""
    seconds = itertools.count(100.0, 10.0)
    monkeypatch.setattr(room.time, "monotonic", lambda: next(seconds))


def test_without_a_terminal_a_line_is_logged_now_and_then(clock, caplog):
    with caplog.at_level(logging.INFO, "emulax"), progress("solve", 4, "flows") as tick:
        for done in (1, 2, 3, 4):
            tick(done, "quick")
    assert [record.getMessage() for record in caplog.records] == [
        "solve: 2/4 flows, 20 s, 20 s left quick",
        "solve: 4/4 flows, 40 s, 0 s left quick",
    ]


def test_last_item_is_always_logged(caplog):
    with caplog.at_level(logging.INFO, "emulax"), progress("solve", 2) as tick:
        tick(1)
        tick(2)
    assert [record.getMessage().split(",")[0] for record in caplog.records] == ["solve: 2/2 "]


def test_nothing_done_yet_has_no_time_left(clock, caplog):
    with caplog.at_level(logging.INFO, "emulax"), progress("solve", 4) as tick:
        tick(0)
        tick(0)
    assert "left" not in caplog.records[0].getMessage()


def test_what_was_done_before_the_first_report_says_nothing_of_the_rate(clock, caplog):
    with caplog.at_level(logging.INFO, "emulax"), progress("solve", 100) as tick:
        tick(90)
        tick(91)
    assert "91/100 , 20 s, 90 s left" in caplog.records[0].getMessage()


def test_without_a_terminal_nothing_is_printed(capfd):
    with progress("solve", 1) as tick:
        tick(1)
    assert capfd.readouterr() == ("", "")


def test_at_a_terminal_a_bar_is_drawn_and_nothing_logged(monkeypatch, caplog):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(room, "Console", lambda **_settings: console)
    with caplog.at_level(logging.INFO, "emulax"), progress("solve", 2, "flows") as tick:
        tick(1, "first")
        tick(2, "last")
    assert not caplog.records
    for text in ("solve", "2/2", "flows", "last"):
        assert text in screen.getvalue()


def test_both_ways_yield_a_tick(monkeypatch):
    with progress("solve", 1) as plain:
        assert isinstance(plain, Tick)


def test_failure_inside_passes_through():
    with pytest.raises(ValueError, match="inside"), progress("solve", 1):
        raise ValueError("inside")
