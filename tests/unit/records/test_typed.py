"""Record classes: what is read is what was written, and what is wrong is named with its file and key."""

import json
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, ClassVar

import pytest

from screening.errors import StageError
from screening.records.fields import Key, layout, unit_of
from screening.records.typed import Part, Record
from screening.version import __version__


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop(Part):
    start: Annotated[str, Key("where from", name="from")]
    rate_per_ion_per_ps: Annotated[float, Key("how often")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Record):
    FILE: ClassVar[str] = "example.json"

    colour: Annotated[Colour, Key("what it looks like")]
    count: Annotated[int, Key("how many")]
    also: Annotated[frozenset[Colour], Key("other ways it looks")]
    energies_eV: Annotated[tuple[float | None, ...], Key("of each", none="where one is not known")]
    matrix_A: Annotated[tuple[tuple[float, ...], ...], Key("cell", shape="3 × 3")]
    hops: Annotated[tuple[Hop, ...], Key("seen")]
    by_name: Annotated[dict[str, Hop], Key("the same by name")]
    doubt: Annotated[str | None, Key("what is doubtful", none="where nothing is")] = None
    seed: Annotated[int | None, Key("of the random numbers", absent="where none are drawn")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Part):
    number: Annotated[int, Key("found")]
    error: Annotated[float, Key("of it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Record):
    FILE: ClassVar[str] = "outcome.json"

    status: Annotated[str, Key("what came of it")]
    answer: Annotated[Answer | None, Key("what was found", none="where nothing was", inline=True)] = None


EXAMPLE = Example(
    colour=Colour.BLUE,
    count=3,
    also=frozenset(Colour),
    energies_eV=(0.5, None, 1),
    matrix_A=((1.0, 0.0), (0.0, 2.0)),
    hops=(Hop(start="24g", rate_per_ion_per_ps=0.1),),
    by_name={"a|b": Hop(start="48h", rate_per_ion_per_ps=2)},
)
WRITTEN = {
    "format": 1,
    "colour": "blue",
    "count": 3,
    "also": "blue+red",
    "energies_eV": [0.5, None, 1],
    "matrix_A": [[1.0, 0.0], [0.0, 2.0]],
    "hops": [{"from": "24g", "rate_per_ion_per_ps": 0.1}],
    "by_name": {"a|b": {"from": "48h", "rate_per_ion_per_ps": 2}},
    "doubt": None,
}


def changed(path, **values):
    """The example's file with some keys changed; those that are None here are left out."""
    whole = {key: value for key, value in (WRITTEN | values).items() if value is not ...}
    path.write_text(json.dumps(whole))
    return path


def test_what_is_read_is_what_was_written(tmp_path):
    EXAMPLE.write(tmp_path / "example.json")
    assert json.loads((tmp_path / "example.json").read_text()) == WRITTEN
    assert Example.read(tmp_path / "example.json") == EXAMPLE
    seeded = replace(EXAMPLE, seed=7)
    seeded.write(tmp_path / "example.json")
    assert Example.read(tmp_path / "example.json").seed == 7


def test_a_file_without_a_number_is_of_the_first_format(tmp_path):
    assert Example.read(changed(tmp_path / "old.json", format=...)) == EXAMPLE


def test_keys_of_nobody_are_left_out(tmp_path):
    assert Example.read(changed(tmp_path / "more.json", note="mine")) == EXAMPLE


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"count": ...}, "no 'count' in it"),
        ({"doubt": ...}, "no 'doubt' in it"),
        ({"count": 2.5}, "'count' is 2.5 where a whole number belongs"),
        ({"count": True}, "'count' is true or false where a whole number belongs"),
        ({"count": None}, "'count' is null where a whole number belongs"),
        ({"colour": "green"}, "'colour' is 'green', none of red, blue"),
        ({"colour": ["red"]}, "'colour' is a list, none of red, blue"),
        ({"also": "red+green"}, "'also' is 'green', none of red, blue"),
        ({"doubt": 3}, "'doubt' is 3 where text belongs"),
        ({"energies_eV": 1.0}, "'energies_eV' is 1.0 where a list belongs"),
        ({"energies_eV": [1.0, "x"]}, "'energies_eV[1]' is 'x' where a number belongs"),
        ({"matrix_A": [[1.0], [None]]}, "'matrix_A[1][0]' is null where a number belongs"),
        ({"hops": [{"from": "24g"}]}, "no 'hops[0].rate_per_ion_per_ps' in it"),
        ({"hops": [{"from": 1, "rate_per_ion_per_ps": 1}]}, "'hops[0].from' is 1 where text belongs"),
        ({"by_name": {"a|b": []}}, "'by_name.a|b' is a list where a group of keys belongs"),
        ({"format": "two"}, "'format' is 'two' where a whole number from 1 belongs"),
        ({"format": 0}, "'format' is 0 where"),
        ({"energies_eV": [math.nan]}, "NaN"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(tmp_path, values, said):
    path = changed(tmp_path / "example.json", **values)
    with pytest.raises(StageError) as caught:
        Example.read(path)
    assert str(caught.value).startswith(f"{path} is damaged (")
    assert said in str(caught.value)
    assert str(caught.value).endswith("delete it and run again; it will be recomputed")


def test_a_group_of_keys_may_stand_among_the_others_or_be_left_out(tmp_path):
    path = tmp_path / "outcome.json"
    for record, written in (
        (Outcome(status="failed"), {"format": 1, "status": "failed"}),
        (
            Outcome(status="complete", answer=Answer(number=1, error=0.5)),
            {"format": 1, "status": "complete", "number": 1, "error": 0.5},
        ),
    ):
        record.write(path)
        assert json.loads(path.read_text()) == written
        assert Outcome.read(path) == record
    # Half of a group is none.
    path.write_text(json.dumps({"status": "complete", "number": 1}))
    with pytest.raises(StageError, match="no 'error' in it"):
        Outcome.read(path)


def test_a_newer_format_names_the_version_it_takes(tmp_path):
    path = changed(tmp_path / "example.json", format=4, provenance={"screening": "9.1.0"})
    with pytest.raises(StageError, match=r"example\.json is of format 4.*use screening 9\.1\.0 or newer") as caught:
        Example.read(path)
    assert f"screening {__version__} reads formats up to 1" in str(caught.value)
    assert "delete" not in str(caught.value)


def test_numbers_that_are_none_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        replace(EXAMPLE, energies_eV=(math.nan,)).write(tmp_path / "example.json")
    assert not (tmp_path / "example.json").exists()


def test_each_older_format_is_migrated_step_by_step(tmp_path):
    def second(data):
        data["name"] = data.pop("title")

    def third(data):
        data["length_ps"] = 0.001 * data.pop("length_fs")

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Third(Record):
        FILE: ClassVar[str] = "third.json"
        FORMAT: ClassVar[int] = 3
        MIGRATIONS: ClassVar = {1: second, 2: third}
        name: Annotated[str, Key("of it")]
        length_ps: Annotated[float, Key("of it")]

    path = tmp_path / "third.json"
    wanted = Third(name="x", length_ps=5.0)
    for old in (
        {"title": "x", "length_fs": 5000},
        {"format": 2, "name": "x", "length_fs": 5000},
        {"format": 3, "name": "x", "length_ps": 5.0},
    ):
        path.write_text(json.dumps(old))
        assert Third.read(path) == wanted
    wanted.write(path)
    assert json.loads(path.read_text())["format"] == 3
    path.write_text('{"name": "x"}')
    with pytest.raises(StageError, match=r"third\.json is damaged \(no 'title' in it\)"):
        Third.read(path)


@pytest.mark.parametrize("known", [{}, {1: dict.clear, 3: dict.clear}])
def test_a_format_that_nothing_migrates_cannot_be_declared(known):
    with pytest.raises(TypeError, match="a migration is needed from each format before 3"):
        type("Gap", (Record,), {"FORMAT": 3, "MIGRATIONS": known})


def test_keys_that_say_nothing_of_themselves_cannot_be_declared():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Mute(Part):
        count: int

    with pytest.raises(TypeError, match=r"Mute\.count says nothing of itself"):
        layout(Mute)


def test_units_are_the_ends_of_names():
    units = {field.name: unit_of(field) for field in layout(Example)}
    assert (units["energies_eV"], units["matrix_A"], units["count"]) == ("eV", "Å", "")
    assert unit_of(layout(Hop)[1]) == "1/ps per ion"
