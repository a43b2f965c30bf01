"""Reference pages of record files and tables, from the classes that read and write them."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from screening.campaign.record_files import RECORD_FILES, SCALAR_TABLES, TABLES, RecordFile
from screening.records.fields import Field, is_optional, layout, unit_of, without_none
from screening.records.origin import PotentialFacts, Provenance
from screening.records.rows import scalars
from screening.records.typed import FORMAT_KEY, Part, Record

#: Groups of keys that many records hold; they stand on one page.
SHARED: tuple[type[Part], ...] = (Provenance, PotentialFacts)
_NAMES = {float: "number", int: "whole number", str: "text", bool: "true or false", Any: "any"}
_RULES = """\
Units stand at the end of the keys and in the third column; numbers without one are pure. Errors are one standard error.
What is not known is `null`."""


def records_page() -> str:
    """Which record files there are, and what they have in common."""
    files = [(file.page, file.kind) for file in RECORD_FILES]
    lines = [
        "# Records",
        "",
        "A record is a JSON file that a stage writes whole or not at all. These pages are made from the classes that "
        "read and write the files.",
        "",
        _RULES,
        "",
        f"`{FORMAT_KEY}` is the number of the file's format; a file without it is of format 1. Older formats are read, "
        "and written anew in the present one. A newer one is refused with the version of the program that wrote it.",
        "",
        "| file | class | format |",
        "|---|---|---|",
        *(f"| [`{one.FILE}`]({page}.md) | `{one.__module__}.{one.__name__}` | {one.FORMAT} |" for page, one in files),
        *_sections(SHARED, here=SHARED),
    ]
    return "\n".join(lines) + "\n"


def record_page(file: RecordFile) -> str:
    """Every key of a record file, and of the groups of keys inside it."""
    kind, own = file.kind, _parts(file.kind)
    common = {field.name for field in layout(kind)}
    first = [f"| `{FORMAT_KEY}` | whole number | | of this format, {kind.FORMAT}; 1 where it is left out |"]
    for of, variant in file.variants:
        first += [_row(field, own, f"{of} only: ") for field in layout(variant) if field.name not in common]
    lines = [f"# Keys of {kind.FILE}", "", file.intro, "", _RULES, "", *_table(kind, own, *first)]
    return "\n".join([*lines, *_sections(own, here=own)]) + "\n"


def tables_page() -> str:
    """Every column of every table."""
    lines = [
        "# Columns of tables",
        "",
        "Made from the classes that read and write the tables. Names end with their units; numbers without one are "
        "pure. Errors are one standard error. What is not known is an empty cell. A list of names has spaces "
        "between, a list of phrases semicolons. Columns with `<T>` in their names are one for each temperature. "
        "Rows of `transport.csv` and `arrhenius.csv` are the single values of records: curves, tensors and "
        "provenance stay in those.",
    ]
    tables = [(kind.FILE, kind.__doc__, layout(kind)) for kind in TABLES]
    tables += [(name, kind.__doc__, scalars(kind)) for name, kind in SCALAR_TABLES.items()]
    for name, text, columns in tables:
        lines += ["", f"## {name.replace('<', '&lt;').replace('>', '&gt;')}", "", _first(text), ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [_row(column, (), unknown="empty") for column in columns]
    return "\n".join(lines) + "\n"


def _first(text: str | None) -> str:
    """The first paragraph of a class's text, in one line."""
    return str(text).split("\n\n")[0].replace("\n", " ")


def _sections(parts: Iterable[type[Part]], *, here: Iterable[type[Part]]) -> Iterator[str]:
    for part in parts:
        yield from ("", f"## {part.__name__}", "", _first(part.__doc__), "", *_table(part, here))


def _table(kind: type[Part], here: Iterable[type[Part]], *first: str) -> Iterator[str]:
    yield from ("| key | type | unit | meaning |", "|---|---|---|---|", *first)
    yield from (_row(field, here) for field in layout(kind) if not field.key.inline)
    for field in layout(kind):
        if field.key.inline:
            part = without_none(field.kind) if is_optional(field.kind) else field.kind
            yield from ("", f"{field.key.meaning[:1].upper()}{field.key.meaning[1:]}; left out {field.key.none}:", "")
            yield from _table(part, here)


def _row(field: Field, here: Iterable[type[Part]], before: str = "", unknown: str = "`null`") -> str:
    key = field.key
    parts = [f"{before}{key.meaning}", f", {key.shape}" if key.shape else ""]
    parts += [f"; {unknown} {key.none}" if key.none else "", f"; left out {key.absent}" if key.absent else ""]
    meaning = "".join(parts).replace("|", "\\|")
    return f"| `{field.name}` | {_type(field.kind, here)} | {unit_of(field)} | {meaning} |"


def _type(kind: Any, here: Iterable[type[Part]]) -> str:
    if is_optional(kind):
        return _type(without_none(kind), here)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(kind))
    if get_origin(kind) is not None:
        inner = _type(get_args(kind)[1 if get_origin(kind) is dict else 0], here)
        several = {tuple: "list of {}", dict: "{} by name", frozenset: "{}, or several with `+` between"}
        return several[get_origin(kind)].format(inner)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _link(kind, here) if isinstance(kind, type) and issubclass(kind, Part) else _NAMES[kind]


def _link(kind: type[Part], here: Iterable[type[Part]]) -> str:
    if issubclass(kind, Record):
        page = next(file.page for file in RECORD_FILES if issubclass(file.kind, kind))
        return f"[{kind.FILE}]({page}.md)"
    return f"[{kind.__name__}]({'' if kind in here else 'records.md'}#{kind.__name__.lower()})"


def _parts(kind: Any) -> list[type[Part]]:
    """Groups of keys inside a record, each once, in the order in which they stand there; not those of all records.

    Groups whose keys stand among the record's own are no groups to a reader.
    """
    found: dict[type[Part], None] = {}

    def visit(inner: Any) -> None:
        if isinstance(inner, type) and issubclass(inner, Part):
            if inner not in found and inner not in SHARED:
                found[inner] = None
                descend(inner)
            return
        for one in get_args(inner):
            visit(one)

    def descend(part: type[Part]) -> None:
        for field in layout(part):
            if field.key.inline:
                descend(without_none(field.kind) if is_optional(field.kind) else field.kind)
            else:
                visit(field.kind)

    descend(kind)
    return list(found)
