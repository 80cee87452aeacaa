import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Literal

import pytest

from emulax.core.config import digest, from_dict, one_of, to_dict
from emulax.core.errors import InputError


@dataclasses.dataclass(frozen=True)
class Inner:
    rate: float = 0.1
    widths: tuple[int, ...] = (1, 2)


@dataclasses.dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["plain", "fancy"] = "plain"
    pair: tuple[int, float] = (1, 2.0)
    inner: Inner = dataclasses.field(default_factory=Inner)
    path: Path = Path("here")
    limit: int | None = None
    flag: bool = False
    free: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Other:
    rate: float = 0.1


@dataclasses.dataclass(frozen=True)
class Chooser:
    name: str
    part: Inner | Other = dataclasses.field(metadata=one_of({"inner": Inner, "other": Other}))


FULL = Outer("a", "fancy", (3, 0.5), Inner(0.2, (4,)), Path("/tmp/x"), 7, True, {"k": [1, None]})


@pytest.mark.parametrize("config", [Outer("a"), FULL])
def test_configuration_survives_json(config):
    assert from_dict(Outer, json.loads(json.dumps(to_dict(config)))) == config


@pytest.mark.parametrize("part", [Inner(0.2), Other(0.2)])
def test_choice_survives_json(part):
    assert from_dict(Chooser, to_dict(Chooser("a", part))) == Chooser("a", part)


def test_choice_is_called_by_its_name():
    assert to_dict(Chooser("a", Other(0.2))) == {"name": "a", "other": {"rate": 0.2}}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "a"}, "Chooser: names none of its tables, must hold exactly one of inner, other$"),
        ({"name": "a", "inner": {}, "other": {}}, "Chooser: holds the tables inner and other, must hold exactly one"),
        ({"name": "a", "part": {}}, "Chooser: unknown name 'part', known are inner, name, other"),
        ({"name": "a", "other": {"widths": [1]}}, "Chooser.other: unknown name 'widths', known are rate"),
    ],
)
def test_bad_choice_is_refused_in_one_line(values, message):
    with pytest.raises(InputError, match=rf"^{message}"):
        from_dict(Chooser, values)


def test_value_that_is_no_choice_is_refused():
    with pytest.raises(TypeError, match="str is none of inner, other"):
        to_dict(Chooser("a", "b"))  # pyright: ignore[reportArgumentType]


def test_dictionary_holds_plain_types_alone():
    assert to_dict(FULL)["path"] == "/tmp/x"
    assert to_dict(FULL)["inner"] == {"rate": 0.2, "widths": [4]}


def test_absent_settings_take_their_defaults():
    assert from_dict(Outer, {"name": "a"}) == Outer("a")


def test_whole_number_may_stand_for_a_real_one():
    rate = from_dict(Inner, {"rate": 1}).rate
    assert (rate, type(rate)) == (1.0, float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Outer.name: is missing"),
        ({"name": 3}, "Outer.name: is 3, must be str"),
        ({"name": "a", "nam": "b"}, "Outer: unknown name 'nam', known are .* did you mean 'name'?"),
        ({"name": "a", "kind": "fency"}, "Outer.kind: unknown name 'fency', .* did you mean 'fancy'?"),
        ({"name": "a", "pair": [1]}, "Outer.pair: has 1 entries, must have 2"),
        ({"name": "a", "pair": 1}, "Outer.pair: is 1, must be a list"),
        ({"name": "a", "pair": "ab"}, "Outer.pair: is 'ab', must be a list"),
        ({"name": "a", "pair": [1.5, 2.0]}, r"Outer.pair\[0\]: is 1.5, must be int"),
        ({"name": "a", "pair": [True, 2.0]}, r"Outer.pair\[0\]: is True, must be int"),
        ({"name": "a", "pair": [1, False]}, r"Outer.pair\[1\]: is False, must be float"),
        ({"name": "a", "inner": {"widths": [1, "2"]}}, r"Outer.inner.widths\[1\]: is '2', must be int"),
        ({"name": "a", "inner": {"rate": None}}, "Outer.inner.rate: is None, must be float"),
        ({"name": "a", "inner": {"rate": float("nan")}}, "Outer.inner.rate: is nan, must be finite"),
        ({"name": "a", "inner": {"rate": float("inf")}}, "Outer.inner.rate: is inf, must be finite"),
        ({"name": "a", "inner": 3}, "Outer.inner: is 3, must be a table of settings"),
        ({"name": "a", "limit": "x"}, "Outer.limit: is 'x', must be int"),
        ({"name": "a", "flag": 1}, "Outer.flag: is 1, must be bool"),
        ({"name": "a", "path": 1}, "Outer.path: is 1, must be Path"),
        ({"name": "a", "free": [1]}, r"Outer.free: is \[1\], must be dict"),
    ],
)
def test_bad_setting_is_refused_and_its_place_named(values, message):
    with pytest.raises(InputError, match=rf"^{message}".replace("?", r"\?")):
        from_dict(Outer, values)


def test_place_starts_with_the_given_field():
    with pytest.raises(InputError, match=r"^recipe\.name: is missing$"):
        from_dict(Outer, {}, "recipe")


def test_configuration_that_is_no_table_is_refused():
    with pytest.raises(InputError, match=r"^Outer: is \[1\], must be a table of settings"):
        from_dict(Outer, [1])


def test_digest_tells_settings_apart_and_ignores_their_order():
    values = to_dict(FULL)
    assert digest(FULL) == digest(values) == digest(dict(reversed(values.items())))
    assert digest(FULL) != digest(dataclasses.replace(FULL, limit=8))
    assert len(digest(FULL)) == 64


def test_digest_is_stable_across_releases():
    assert digest({"b": [0.5, None], "a": 1}) == hashlib.sha256(b'{"a":1,"b":[0.5,null]}').hexdigest()


def test_value_that_json_does_not_know_is_refused():
    with pytest.raises(TypeError, match="complex is not a configuration value"):
        to_dict(Outer("a", free={"z": 1j}))
