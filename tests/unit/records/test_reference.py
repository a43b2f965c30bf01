"""The pages of records: every key says what it means, in which unit, and when it is not known."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from screening.campaign.record_files import RECORD_FILES, SCALAR_TABLES, TABLES, RecordFile
from screening.records.fields import Field, is_optional, layout, without_none
from screening.records.rows import scalars
from screening.records.typed import FORMAT_KEY, Part
from tests.pages import hooks

records = hooks("records")
CLASSES = [kind for file in RECORD_FILES for kind in (file.kind, *(variant for _, variant in file.variants))]


def parts(kind: Any) -> Iterator[type[Part]]:
    """Every group of keys in a type."""
    if isinstance(kind, type) and issubclass(kind, Part):
        yield kind
        for field in layout(kind):
            yield from parts(field.kind)
    for inner in get_args(kind):
        yield from parts(inner)


def keys(kind: Any) -> Iterator[Field]:
    """The keys of a class as they stand in a file."""
    for field in layout(kind):
        if field.key.inline:
            yield from keys(without_none(field.kind) if is_optional(field.kind) else field.kind)
        else:
            yield field


def groups(kind: Any) -> Iterator[type[Part]]:
    """Groups of keys that are set apart in a class, or in a type."""
    if isinstance(kind, type) and issubclass(kind, Part):
        for field in keys(kind):
            yield from apart(field.kind)
    for inner in get_args(kind):
        yield from apart(inner)


def apart(kind: Any) -> Iterator[type[Part]]:
    """A type where it is a group of keys, and the groups in it."""
    if isinstance(kind, type) and issubclass(kind, Part):
        yield kind
    yield from groups(kind)


def optional(kind: Any) -> bool:
    """Whether None is a value of the type or of what it lists."""
    return is_optional(kind) or any(optional(inner) for inner in get_args(kind))


# In one order: processes that share the tests out must collect the same.
EVERY_PART = sorted({part for kind in CLASSES for part in parts(kind)}, key=lambda part: part.__name__)


@pytest.mark.parametrize("kind", EVERY_PART, ids=lambda kind: kind.__name__)
def test_every_key_says_what_it_means_and_when_it_is_not_known(kind: type[Part]) -> None:
    for field in layout(kind):
        assert field.key.meaning, field.name
        assert optional(field.kind) == bool(field.key.none or field.key.absent), field.name
        assert not field.key.meaning.endswith("."), field.name


@pytest.mark.parametrize("file", RECORD_FILES, ids=lambda file: file.page)
def test_a_page_has_every_key_once(file: RecordFile) -> None:
    page = records.record_page(file)
    table, *sections = page.split("\n## ")
    rows = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [field.name for kind in (file.kind, *(variant for _, variant in file.variants)) for field in keys(kind)]
    assert sorted(rows) == sorted({FORMAT_KEY, *named})
    shared = {kind.__name__ for kind in records.SHARED}
    assert {section.splitlines()[0] for section in sections} == {part.__name__ for part in groups(file.kind)} - shared
    assert len(set(sections)) == len(sections)


def test_the_overview_names_every_file() -> None:
    page = records.records_page()
    for file in RECORD_FILES:
        assert f"[`{file.kind.FILE}`]({file.page}.md)" in page
    for kind in records.SHARED:
        assert f"## {kind.__name__}" in page


def test_the_page_of_tables_has_every_column_once() -> None:
    sections = records.tables_page().split("\n## ")[1:]
    columns = {kind.FILE: layout(kind) for kind in TABLES} | {n: scalars(kind) for n, kind in SCALAR_TABLES.items()}
    assert len(sections) == len(columns)
    for section, (name, fields) in zip(sections, columns.items(), strict=True):
        title, *lines = section.splitlines()
        assert title == name.replace("<", "&lt;").replace(">", "&gt;")
        assert [line.split("`")[1] for line in lines if line.startswith("| `")] == [field.name for field in fields]
