"""The reference pages name what the code has."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from emulax.cli.commands import COMMANDS
from emulax.data.schema import VARIABLES
from emulax.workflows.bench.domains import DOMAINS

DOCS = Path(__file__).parents[2] / "docs"


def section(page: str, title: str) -> str:
    """The text of one section of a page."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None, f"{page} has no section {title!r}"
    return found[1]


@pytest.mark.parametrize("name", VARIABLES)
def test_the_table_of_variables_is_that_of_the_schema(name):
    variable = VARIABLES[name]
    kind = {"U": "text"}.get(variable.dtype, variable.dtype)
    row = f"| `{name}` | {', '.join(variable.dims)} | {kind} | {variable.units} |"
    assert re.sub(r" +", " ", row) in section("data.md", "Variables")


def test_the_table_of_variables_has_no_others():
    named = re.findall(r"^\| `(\w+)` \|", section("data.md", "Variables"), re.MULTILINE)
    assert set(named) == set(VARIABLES)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_documented(command):
    options = {
        field.name.replace("_", "-")
        for field in dataclasses.fields(COMMANDS[command])
        if "Positional" not in str(field.type)
    }
    documented = set(re.findall(r"^\| `--([a-z-]+)", section("commands.md", command), re.MULTILINE))
    assert documented == options


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)
def test_every_domain_of_the_benchmark_is_documented(domain):
    assert f"`{domain.name}`" in section("commands.md", "Row ids")
