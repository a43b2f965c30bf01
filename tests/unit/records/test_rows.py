"""Rows of tables: what is read is what was written, and what is wrong is named with its file, line and column."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, ClassVar

import pytest

from screening.errors import StageError
from screening.records import read_table
from screening.records.fields import Key
from screening.records.rows import Row, scalars, write_scalars
from screening.records.typed import Record


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example(Row):
    FILE: ClassVar[str] = "example.csv"

    id: Annotated[str, Key("which")]
    colours: Annotated[frozenset[Colour], Key("what it looks like")]
    count: Annotated[int | None, Key("how many", none="where nobody counted")]
    weight: Annotated[dict[float, float | None], Key("of it", none="where it has none", name="weight_<T>K")]
    done: Annotated[bool, Key("whether it is done")]
    names: Annotated[tuple[str, ...] | None, Key("others", absent="in old tables")] = None


RED = frozenset({Colour.RED})
ROWS = [
    Example(
        id="a,b", colours=frozenset(Colour), count=3, weight={300.0: 0.5, 1000.5: None}, done=True, names=("x", "y")
    ),
    Example(id="", colours=frozenset({Colour.RED}), count=None, weight={300.0: 1.0, 1000.5: 2.0}, done=False, names=()),
]
TEXT = 'id,colours,count,weight_300K,weight_1000.5K,done,names\n"a,b",blue+red,3,0.5,,True,x y\n,red,,1.0,2.0,False,\n'


def test_what_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "example.csv"
    Example.write(path, ROWS)
    assert path.read_text() == TEXT
    assert Example.read(path) == ROWS


def test_a_table_without_rows_has_its_columns(tmp_path):
    Example.write(tmp_path / "example.csv", [])
    assert (tmp_path / "example.csv").read_text() == "id,colours,count,done,names\n"
    assert Example.read(tmp_path / "example.csv") == []


def test_an_old_table_may_lack_a_column_that_says_so(tmp_path):
    path = tmp_path / "example.csv"
    path.write_text("id,colours,count,done,more\nx,red,,True,1\n")
    assert Example.read(path) == [
        replace(ROWS[0], id="x", colours=frozenset({Colour.RED}), count=None, weight={}, names=None)
    ]


def test_numbers_that_are_none_are_not_known(tmp_path):
    path = tmp_path / "example.csv"
    path.write_text("id,colours,count,weight_300K,done\nx,red,nan,inf,True\n")
    (row,) = Example.read(path)
    assert (row.count, row.weight) == (None, {300.0: None})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,colours,count,done\nx,red,1,yes\n", "line 2: 'done' is 'yes' where True or False belongs"),
        ("id,colours,count,done\nx,red,1,True\ny,green,1,True\n", "line 3: 'colours' is 'green', none of red, blue"),
        ("id,colours,count,done\nx,red,many,True\n", "line 2: 'count' is 'many' where a whole number belongs"),
        (
            "id,colours,count,done,weight_9K\nx,red,1,True,much\n",
            "line 2: 'weight_<T>K' is 'much' where a number belongs",
        ),
        ("id,count,done\nx,1,True\n", "line 2: 'colours' is no column of it"),
        ("id,colours,count,done\nx,red,1\n", "too many or too few fields"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_column(tmp_path, text, said):
    path = tmp_path / "example.csv"
    path.write_text(text)
    with pytest.raises(StageError) as caught:
        Example.read(path)
    assert str(caught.value).startswith(f"{path} is damaged (")
    assert said in str(caught.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Record):
    FILE: ClassVar[str] = "whole.json"

    verdict: Annotated[Colour, Key("what it is")]
    value: Annotated[float | None, Key("of it", none="where it has none")]
    curve: Annotated[tuple[float, ...] | None, Key("of it", none="where it has none")]
    flags: Annotated[tuple[str, ...], Key("about it")]


def test_single_values_of_records_make_a_table(tmp_path):
    assert [field.name for field in scalars(Whole)] == ["verdict", "value", "flags"]
    record = Whole(verdict=Colour.RED, value=0.1, curve=(1.0, math.pi), flags=("one", "two"))
    write_scalars(tmp_path / "w.csv", Whole, [record, replace(record, value=None, flags=())])
    assert read_table(tmp_path / "w.csv") == [
        {"verdict": "red", "value": 0.1, "flags": "one; two"},
        {"verdict": "red", "value": None, "flags": None},
    ]
