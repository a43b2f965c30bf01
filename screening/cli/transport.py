"""`screening transport`: anybody's trajectories. `screening arrhenius`: a line through records of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from screening.errors import DamagedRecord, StageError

if TYPE_CHECKING:
    from screening.transport.record import SpeciesTransport, TransportRecord


def transport(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Trajectories or folders: XDATCAR, vasprun.xml, extxyz, ASE traj, LAMMPS dump, dcd, xtc, trr, a "
            "campaign's runs, going on or finished."
        ),
    ],
    temperature: Annotated[
        list[float],
        typer.Option(
            min=1,
            help="Temperature of the runs in K; of runs at several once for each file or folder, in their order.",
        ),
    ],
    mobile: Annotated[list[str], typer.Option(help="Element of the mobile ion; give it again for further species.")],
    frame_interval_fs: Annotated[
        float | None, typer.Option(min=1e-3, help="Time between frames in fs, where the file does not say it.")
    ] = None,
    charge: Annotated[
        list[float] | None,
        typer.Option(
            help="Charge of a mobile ion in e, one for each --mobile; default: the usual one of Li, Na, Mg, ..."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "--report", help="File to write: .html for a page with figures, .json for the record."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    stride: Annotated[int, typer.Option(min=1, help="Read every so many frames.")] = 1,
    elements: Annotated[
        str | None, typer.Option(help="Elements of LAMMPS atom types 1, 2, ... such as Li,P,S,Cl.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the files, where beginning and name do not tell: xdatcar, extxyz, ...")
    ] = None,
    topology: Annotated[
        Path | None, typer.Option(help="File that names the atoms of dcd, xtc and trr: POSCAR, PDB, LAMMPS data, ...")
    ] = None,
    framework: Annotated[
        str | None, typer.Option(help="Elements of the framework, such as P,S; default: all that are not mobile.")
    ] = None,
    continued: Annotated[
        bool | None,
        typer.Option(
            "--continued/--replicas",
            help="The files are one run in pieces, or a run each; default: one where a file starts where another ends.",
            show_default=False,
        ),
    ] = None,
    orderings: Annotated[
        str | None,
        typer.Option(help="Which atomic ordering each file is of, such as 0,0,1,1; default: replicas of one."),
    ] = None,
    local: Annotated[
        bool, typer.Option(help="The local picture too: sites, jumps, surroundings, density; under the key `local`.")
    ] = False,
) -> None:
    """Diffusivity, conductivity and verdict from anybody's trajectories, at one temperature or several."""
    from screening.cli.own_runs import give, is_page
    from screening.local import analyse_files
    from screening.records import provenance

    if charge is None:
        _refuse_unusual(mobile)
    kinds = dict(enumerate(_split(elements), start=1)) if elements else None
    if orderings is not None and not all(label.strip().isdecimal() for label in orderings.split(",")):
        raise typer.BadParameter(f"'{orderings}': whole numbers with commas between, one a file, are needed")
    labels = [int(label) for label in orderings.split(",")] if orderings else None
    groups = _by_temperature(files, temperature, labels)
    if out is not None and len(groups) > 1 and not is_page(out):
        raise typer.BadParameter("several temperatures: give a .html file, or --json without --out", param_hint="--out")
    with provenance("transport", [path for path in files if path.is_file()] if out is not None else []) as origin:
        records = [
            analyse_files(
                group.files,
                mobile=mobile,
                charge=charge,
                temperature_K=group.temperature_K,
                frame_interval_fs=frame_interval_fs,
                stride=stride,
                elements=kinds,
                format=format,
                topology=topology,
                framework=_split(framework) if framework else None,
                continued=continued,
                orderings=group.orderings,
                local=local,
            )
            for group in groups
        ]
    for note in (note for record in records for note in record.notes):
        typer.echo(f"note: {note}", err=True)
    give(records, origin, out, as_json=as_json)


class _Group(NamedTuple):
    """Files of one temperature."""

    temperature_K: float
    files: list[Path]
    orderings: list[int] | None


def _by_temperature(files: list[Path], temperatures: list[float], labels: list[int] | None) -> list[_Group]:
    """All files at the one temperature, or each at its own; coldest first."""
    if len(temperatures) == 1:
        return [_Group(temperatures[0], files, labels)]
    if len(temperatures) != len(files):
        raise typer.BadParameter(
            f"{len(temperatures)} temperatures for {len(files)} files: one for all, or one for each in their order",
            param_hint="--temperature",
        )
    if labels is not None and len(labels) != len(files):
        raise typer.BadParameter(f"{len(labels)} orderings are named for {len(files)} files", param_hint="--orderings")
    found: dict[float, list[int]] = {}
    for index, temperature in enumerate(temperatures):
        found.setdefault(temperature, []).append(index)
    return [
        _Group(temperature, [files[i] for i in own], None if labels is None else [labels[i] for i in own])
        for temperature, own in sorted(found.items())
    ]


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def arrhenius(
    records: Annotated[list[Path], typer.Argument(help="What `screening transport` wrote, one file a temperature.")],
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    extrapolate_to_K: Annotated[float, typer.Option(min=1, help="Temperature of the conductivity asked for.")] = 300.0,
    mobile: Annotated[
        str | None, typer.Option(help="Which species, of records of several; default: the first.", show_default=False)
    ] = None,
) -> None:
    """Activation energy, prefactor and extrapolated conductivity from records of several temperatures."""
    from screening.cli.own_runs import give_line
    from screening.config.transport import ArrheniusConfig
    from screening.transport import analyse_arrhenius
    from screening.transport.line_record import LineOfFiles

    points = [_of_species(path, mobile) for path in records]
    temperatures = [point.temperature_K for point in points]
    if len(set(temperatures)) < len(temperatures):
        raise StageError(
            f"two records are of one temperature ({', '.join(f'{t:g} K' for t in sorted(temperatures))}): give the "
            "replicas of a temperature to `screening transport` together"
        )
    for key in ("mobile", "charge"):
        if len(found := {getattr(point, key) for point in points} - {None}) > 1:
            raise StageError(f"the records differ in {key}: {', '.join(sorted(map(str, found)))}")
    settings = ArrheniusConfig(extrapolation_temperature_K=extrapolate_to_K)
    line = LineOfFiles.of(analyse_arrhenius(points, settings=settings), files=tuple(map(str, records)))
    give_line(points, line, out, as_json=as_json)


def _of_species(path: Path, mobile: str | None) -> "TransportRecord":
    """The record of a species: that of the whole file, or one of the others in it."""
    record = _record(path)
    if mobile is None or record.mobile in (mobile, None):  # None where a temperature of a campaign failed
        return record
    others = record.also_mobile or {}
    if mobile not in others:
        raise StageError(f"{path} has no {mobile}; its species are {', '.join([str(record.mobile), *others])}")
    return others[mobile]


def _record(path: Path) -> "SpeciesTransport":
    from screening.transport.record import SpeciesTransport

    try:
        return SpeciesTransport.read(path)
    except DamagedRecord as error:
        # What it says of a damaged file, to delete it, is not for a file of the user's.
        raise StageError(
            f"{path} is not a record of `screening transport` or of a campaign's transport stage ({error.what})"
        ) from None


def _refuse_unusual(mobile: list[str]) -> None:
    """Refuse ions of which no charge is the usual one."""
    from screening.transport.conductivity import usual_charge

    try:
        for element in mobile:
            usual_charge(element)
    except StageError as error:
        raise typer.BadParameter(str(error), param_hint="--charge") from None
