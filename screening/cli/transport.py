"""`screening transport`: anybody's trajectories at one temperature. `screening arrhenius`: several temperatures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.errors import DamagedRecord, StageError

if TYPE_CHECKING:
    from screening.local.record import TransportOfFiles
    from screening.transport.line_record import LineOfFiles
    from screening.transport.record import TransportRecord


def transport(
    files: Annotated[
        list[Path], typer.Argument(help="Trajectories: XDATCAR, extxyz, ASE traj, LAMMPS dump, a campaign's md.json.")
    ],
    temperature: Annotated[float, typer.Option(min=1, help="Temperature of the runs in K.")],
    mobile: Annotated[str, typer.Option(help="Element of the mobile ion.")],
    frame_interval_fs: Annotated[
        float | None, typer.Option(min=1e-3, help="Time between frames in fs; a campaign's own runs know theirs.")
    ] = None,
    charge: Annotated[
        float | None, typer.Option(help="Charge of the mobile ion in e; default: the usual one of Li, Na, Mg, ...")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file to write; default: print.")] = None,
    stride: Annotated[int, typer.Option(min=1, help="Read every so many frames.")] = 1,
    elements: Annotated[
        str | None, typer.Option(help="Elements of LAMMPS atom types 1, 2, ... such as Li,P,S,Cl.")
    ] = None,
    orderings: Annotated[
        str | None,
        typer.Option(help="Which atomic ordering each file is of, such as 0,0,1,1; default: replicas of one."),
    ] = None,
    local: Annotated[
        bool, typer.Option(help="The local picture too: sites, jumps, surroundings, density; under the key `local`.")
    ] = False,
) -> None:
    """Diffusivity, conductivity and verdict from anybody's trajectories at one temperature."""
    from screening.local import analyse_files

    kinds = dict(enumerate(elements.split(","), start=1)) if elements else None
    if orderings is not None and not all(label.strip().isdecimal() for label in orderings.split(",")):
        raise typer.BadParameter(f"'{orderings}': whole numbers with commas between, one a file, are needed")
    labels = [int(label) for label in orderings.split(",")] if orderings else None
    record = analyse_files(
        files,
        mobile=mobile,
        charge=_usual_charge(mobile) if charge is None else charge,
        temperature_K=temperature,
        frame_interval_fs=frame_interval_fs,
        stride=stride,
        elements=kinds,
        orderings=labels,
        local=local,
    )
    _give(record, out)


def arrhenius(
    records: Annotated[list[Path], typer.Argument(help="What `screening transport` wrote, one file a temperature.")],
    out: Annotated[Path | None, typer.Option(help="JSON file to write; default: print.")] = None,
    extrapolate_to_K: Annotated[float, typer.Option(min=1, help="Temperature of the conductivity asked for.")] = 300.0,
) -> None:
    """Activation energy, prefactor and extrapolated conductivity from records of several temperatures."""
    from screening.config.transport import ArrheniusConfig
    from screening.transport import analyse_arrhenius
    from screening.transport.line_record import LineOfFiles

    points = [_record(path) for path in records]
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
    _give(line, out)


def _record(path: Path) -> "TransportRecord":
    from screening.transport.record import TransportRecord

    try:
        return TransportRecord.read(path)
    except DamagedRecord as error:
        # What it says of a damaged file, to delete it, is not for a file of the user's.
        raise StageError(
            f"{path} is not a record of `screening transport` or of a campaign's transport stage ({error.what})"
        ) from None


def _give(record: "TransportOfFiles | LineOfFiles", out: Path | None) -> None:
    from screening.records import json_text

    if out is None:
        typer.echo(json_text(record.as_json()), nl=False)
    else:
        record.write(out)
        typer.echo(f"{record.verdict}: {record.reason or 'see ' + str(out)}")


def _usual_charge(mobile: str) -> float:
    """Of an ion that conducts; conductivities go with its square, so nothing is guessed for others."""
    from screening.transport.conductivity import USUAL_CHARGES

    if mobile not in USUAL_CHARGES:
        known = ", ".join(USUAL_CHARGES)
        raise typer.BadParameter(
            f"the usual charge of {mobile!r} is unknown (known: {known}); give the charge", param_hint="--charge"
        )
    return USUAL_CHARGES[mobile]
