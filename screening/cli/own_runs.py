"""What `screening transport` and `screening arrhenius` give: a table, JSON, or a page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from screening.cli.show import line_facts, temperatures, why
from screening.cli.words import grid_of
from screening.config.transport import ArrheniusConfig
from screening.local.record import TransportOfFiles
from screening.records import json_text, write_text
from screening.records.origin import Provenance
from screening.transport import analyse_arrhenius
from screening.transport.line_record import LineOfFiles, LineRecord
from screening.transport.record import SpeciesTransport, TransportRecord


def is_page(out: Path) -> bool:
    """Whether a file to write is a page and not a record."""
    return out.suffix.lower() in (".html", ".htm")


def give(records: Sequence[TransportOfFiles], origin: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    """Write or print what was found at one temperature or several.

    Args:
        records: One for each temperature, coldest first.
        origin: Of the files.
        out: File to write; printed where None.
        as_json: Print JSON.
    """
    line = analyse_arrhenius(records, settings=ArrheniusConfig()) if len(records) > 1 else None
    if out is not None:
        _write(records, line, Provenance.from_dict(origin), out)
    if as_json:
        typer.echo(json_text(_whole(records, line)), nl=False)
    elif out is None:
        _print(records, line)
    else:
        said = records[0] if line is None else line
        typer.echo(f"{said.verdict}: {said.reason or 'see ' + str(out)}")


def give_line(points: Sequence[TransportRecord], line: LineOfFiles, out: Path | None, *, as_json: bool) -> None:
    """Write or print a line through records of several temperatures."""
    if out is not None:
        line.write(out)
    if as_json:
        typer.echo(json_text(line.as_json()), nl=False)
    elif out is None:
        _print(sorted(points, key=lambda point: point.temperature_K), line)
    else:
        typer.echo(f"{line.verdict}: {line.reason or 'see ' + str(out)}")


def _write(records: Sequence[TransportOfFiles], line: LineRecord | None, origin: Provenance, out: Path) -> None:
    from screening.report.own import own_page

    if is_page(out):
        write_text(out, own_page(records, line, origin))
    else:
        records[0].write(out)


def _whole(records: Sequence[TransportOfFiles], line: LineRecord | None) -> dict[str, Any]:
    """The record of the one temperature; of several, all of them and the line."""
    if line is None:
        return records[0].as_json()
    return {"temperatures": [record.as_json() for record in records], "line": line.as_json()}


def _print(records: Sequence[TransportRecord], line: LineRecord | None) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    heading, rows = temperatures(records)
    console.print(grid_of(heading, rows))
    for record in records:
        others = record.also_mobile if isinstance(record, SpeciesTransport) else None
        for species, other in (others or {}).items():
            console.print(f"{species} at {other.temperature_K:g} K:")
            console.print(grid_of(*temperatures([other])))
    for name, text in () if line is None else line_facts(line):
        if text:
            console.print(f"{name}: {text}", markup=False, soft_wrap=True)
    for text in why(records, line):
        console.print(text, markup=False)
