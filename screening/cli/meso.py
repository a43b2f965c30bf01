"""`screening boundary`: how it was joined, its energy. `screening layers`: transport by layers. `screening pellet`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from screening.meso.record import Layers, LayersRecord
    from screening.stability.boundary_energy import BoundaryEnergy
    from screening.stability.record import RelaxedRecord

Lags = Annotated[
    tuple[float, float], typer.Option(min=1e-3, help="Short and long lag in ps: past vibrations, within a layer.")
]


def layers(
    files: Annotated[
        list[Path], typer.Argument(help="Runs of a cell with two boundaries: trajectories, or a campaign's runs.")
    ],
    temperature: Annotated[float, typer.Option(min=1, help="Temperature of the runs in K.")],
    mobile: Annotated[str, typer.Option(help="Element of the mobile ion.")],
    crystal: Annotated[
        list[Path] | None,
        typer.Option(help="Runs of the crystal in a cell alike; once for each file or folder. Needed for G and R."),
    ] = None,
    charge: Annotated[
        float | None, typer.Option(help="Charge of a mobile ion in e; default: the usual one of Li, Na, Mg, ...")
    ] = None,
    frame_interval_fs: Annotated[
        float | None, typer.Option(min=1e-3, help="Time between frames in fs, where the file does not say it.")
    ] = None,
    lags_ps: Lags = (2.0, 20.0),
    plane: Annotated[
        float, typer.Option(help="Height of one boundary in Angstrom; the other is half a period above.")
    ] = 0.0,
    width: Annotated[float, typer.Option(min=0.5, help="Width of a layer in Angstrom, about.")] = 3.0,
    apart: Annotated[bool, typer.Option("--apart", help="Tell the two boundaries apart.")] = False,
    out: Annotated[Path | None, typer.Option(help="File to write: .json, or .csv or .svg of the profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
) -> None:
    """Density and diffusivity by layers, and what one grain boundary adds to the crystal."""
    from screening.meso.files import layers_of_files
    from screening.meso.record import LayersRecord
    from screening.records import json_text, provenance, write_text
    from screening.records.origin import Provenance

    with provenance("layers", [path for path in [*files, *(crystal or [])] if path.is_file()]) as origin:
        found = layers_of_files(
            files,
            mobile=mobile,
            temperature_K=temperature,
            crystal=crystal or (),
            charge=charge,
            frame_interval_fs=frame_interval_fs,
            lags_ps=lags_ps,
            plane_A=plane,
            width_A=width,
            folded=not apart,
        )
    record = LayersRecord.of(found, provenance=Provenance.from_dict(origin))
    for note in record.notes:
        typer.echo(f"note: {note}", err=True)
    if out is not None and out.suffix.lower() == ".csv":
        write_text(out, _profile(record))
    elif out is not None and out.suffix.lower() == ".svg":
        from screening.report.profile import draw_profile

        draw_profile(record, out)
    elif out is not None:
        record.write(out)
    if as_json:
        typer.echo(json_text(record.as_json()), nl=False)
    else:
        _print(record)


def pellet(
    boundary: Annotated[
        str,
        typer.Argument(help="Id of a grain boundary that was run, its beginning, or a file of `screening layers`."),
    ],
    grain_um: Annotated[list[float], typer.Option(min=1e-3, help="Size of grains in micrometres; once for each size.")],
    campaign: Annotated[
        str | None,
        typer.Option(help="Name, results folder or file of its campaign.", show_default="all under results/"),
    ] = None,
    lags_ps: Lags = (2.0, 20.0),
) -> None:
    """Conductivity of a pellet against the size of its grains, if all boundaries were of this one law."""
    from rich.console import Console

    from screening.cli.words import grid_of
    from screening.meso.pellet import pellets
    from screening.meso.record import LayersRecord

    path = Path(boundary)
    found = [LayersRecord.read(path)] if path.suffix == ".json" else _of_campaign(boundary, campaign, lags_ps)
    rows = [
        [
            f"{one.temperature_K:g}",
            f"{size.grain_um:g}",
            f"{size.value_mS_cm:.3g}",
            "-" if size.low_mS_cm is None else f"{size.low_mS_cm:.3g} to {size.high_mS_cm:.3g}",
            f"{size.over_crystal:.3g}",
        ]
        for one in found
        for size in pellets(one, grain_um)
    ]
    heading = ["T / K", "grains / um", "mS/cm", "68 % between", "over the crystal"]
    Console().print(grid_of(heading, rows))
    for note in dict.fromkeys(note for one in found for note in one.notes):
        typer.echo(f"note: {note}", err=True)


def boundary(
    id: Annotated[str, typer.Argument(help="Id of a grain boundary or interface, or its beginning.")],
    campaign: Annotated[
        str | None,
        typer.Option(help="Name, results folder or file of its campaign.", show_default="all under results/"),
    ] = None,
) -> None:
    """Show how a boundary was joined, and its energy against the crystals beside it."""
    from rich.console import Console

    from screening.candidates.record import CandidateRecord
    from screening.cli.results import find
    from screening.cli.words import grid_of
    from screening.errors import StageError
    from screening.stability.boundary_energy import boundary_energies
    from screening.stability.record import RelaxedRecord

    one = find(id, campaign)
    made = CandidateRecord.read(one.folder / CandidateRecord.FILE)
    facts = made.boundary
    if facts is None or facts.bulk is None:
        raise StageError(f"{one.id} is no boundary; rules with `grain_boundary` or `interface` make them")
    beside = [name for name in (facts.bulk, facts.other_bulk) if name is not None]
    relaxed = [one.folder.parent / name / RelaxedRecord.FILE for name in (one.id, *beside)]
    done = all(path.exists() for path in relaxed)
    energies = boundary_energies(*_split(relaxed)) if done else []
    typer.echo(
        f"{one.id}: {facts.law}; {made.n_atoms} atoms, {facts.area_A2:.0f} A2, grains of {facts.grain_A:.1f} A; beside "
        f"it {' and '.join(beside)}"
    )
    if facts.other is not None:
        low, high = min(facts.stretches), max(facts.stretches)
        typer.echo(f"{facts.other} is stretched by {100 * (low - 1):+.2f} and {100 * (high - 1):+.2f} % in the plane")
    rows = []
    for number, ordering in enumerate(made.orderings):
        how = ordering.boundary
        energy = energies[number] if energies else None
        if how is not None:
            dipoles = f"{how.dipole_e_per_A:.3f}, {how.upper_dipole_e_per_A:.3f}"
            rows.append([str(number), f"{how.gap_A:.1f}", how.closest_pair, dipoles, _energy(energy)])
    Console().print(grid_of(["joined", "gap / A", "closest contact", "dipoles e/A", "J/m2"], rows))
    for number, one_energy in enumerate(energies):
        if one_energy.reason:
            typer.echo(f"{number}: {one_energy.reason}")
    if not done:
        typer.echo("energies come with the relaxations of all of these, which are not finished")
    elif any(one_energy.error_J_m2 is None for one_energy in energies):
        typer.echo(
            "note: without a spread of searches (relax.max_starts, relax.search_anneals) the energy has no error; "
            "lithium alone makes 0.2 J/m2 in argyrodites",
            err=True,
        )


def _split(paths: list[Path]) -> "tuple[RelaxedRecord, list[RelaxedRecord]]":
    from screening.stability.record import RelaxedRecord

    first, *others = [RelaxedRecord.read(path) for path in paths]
    return first, others


def _energy(energy: "BoundaryEnergy | None") -> str:
    return "-" if energy is None else _with_error(energy.energy_J_m2, energy.error_J_m2, bare=True)


def _of_campaign(id: str, campaign: str | None, lags_ps: tuple[float, float]) -> "list[Layers]":
    """Layers at each temperature at which a boundary and the crystal beside it were run, coldest first."""
    from screening.candidates.record import CandidateRecord
    from screening.cli.results import find
    from screening.errors import StageError
    from screening.meso.files import layers_of_files

    one = find(id, campaign)
    made = CandidateRecord.read(one.folder / CandidateRecord.FILE)
    if made.boundary is None or made.boundary.bulk is None:
        raise StageError(
            f"{one.id} is no grain boundary; rules with `grain_boundary` make them, and the crystal beside each"
        )
    if made.boundary.other is not None:
        raise StageError(
            f"{one.id} is an interface of two crystals, and a pellet of grains has one; `screening layers` without "
            "--crystal gives its profile"
        )
    beside = one.folder.parent / made.boundary.bulk
    temperatures = sorted(
        (float(run.name[:-1]), run.name)
        for run in one.folder.glob("*K")
        if any(run.glob("*/md.json")) and any((beside / run.name).glob("*/md.json"))
    )
    if not temperatures:
        raise StageError(
            f"{one.id} and the crystal beside it, {made.boundary.bulk}, have no finished runs at one temperature yet"
        )
    listed = one.records.listed
    mobile = (listed.mobile_ion if listed is not None else "") or one.campaign.config.mobile_ions[0]
    return [
        layers_of_files(
            [one.folder / name],
            mobile=mobile,
            charge=made.oxidation_states[mobile],
            temperature_K=kelvin,
            crystal=[beside / name],
            lags_ps=lags_ps,
            folded=made.boundary.alike,
        )
        for kelvin, name in temperatures
    ]


def _profile(record: "LayersRecord") -> str:
    names = ("from_A", "to_A", "boundary", "density_per_A3", "tracer_cm2_s", "tracer_error_cm2_s")
    rows = [",".join(_plain(getattr(layer, name)) for name in names) for layer in record.layers]
    return "\n".join([",".join(names), *rows]) + "\n"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _print(record: "LayersRecord") -> None:
    from rich.console import Console

    from screening.cli.words import grid_of

    rows = [
        [
            f"{layer.from_A:.1f} to {layer.to_A:.1f}" + (f" ({layer.boundary})" if layer.boundary else ""),
            f"{1000 * layer.density_per_A3:.2f}",
            _with_error(layer.tracer_cm2_s, layer.tracer_error_cm2_s),
        ]
        for layer in record.layers
    ]
    Console().print(grid_of(["Angstrom from the boundary", f"{record.mobile} per nm3", "D* in the plane, cm2/s"], rows))
    for name, cell in (("with boundaries", record.cell), ("crystal", record.crystal)):
        if cell is not None:
            typer.echo(
                f"{name}: in the plane {_with_error(cell.in_plane_mS_cm, cell.in_plane_error_mS_cm)} mS/cm, across "
                f"{_with_error(cell.across_mS_cm, cell.across_error_mS_cm)}"
            )
    if record.excess is not None:
        added = record.excess
        typer.echo(
            f"one boundary adds G = {_with_error(added.conductance_S, added.conductance_error_S)} S along it, and "
            f"R = {_with_error(added.resistance_ohm_cm2, added.resistance_error_ohm_cm2)} Ohm cm2 across it"
        )


def _with_error(value: float | None, error: float | None, *, bare: bool = False) -> str:
    """With its error; where that is not known the value alone, if it may stand so."""
    if value is None or (error is None and not bare):
        return "-"
    return f"{value:.3g}" if error is None else f"{value:.3g} +- {error:.1g}"
