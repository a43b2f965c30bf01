"""`screening boundary`: how it was joined, its energy. `screening layers`: transport by layers. `screening pellet`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.meso.usual import WIDTH_A

if TYPE_CHECKING:
    from screening.meso.record import Layers, LayersRecord
    from screening.stability.boundary_record import JoinedEnergy
    from screening.stability.record import RelaxedRecord

Lags = Annotated[
    tuple[float, float] | None,
    typer.Option(
        min=1e-3,
        help="Short and long lag in ps: past vibrations, within a layer.",
        show_default="2 20, less where runs are short",
    ),
]

_CRYSTALS = ("below", "above")
#: Files that `screening layers` writes.
_KINDS = (".json", ".csv", ".svg")
#: Temperatures closer than this are one.
_SAME_K = 0.5


def layers(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Runs of a cell with two boundaries: trajectories, or a campaign's runs. Or the id of a boundary that "
            "a campaign ran, which needs no option."
        ),
    ],
    temperature: Annotated[float | None, typer.Option(min=1, help="Temperature of the runs in K.")] = None,
    mobile: Annotated[str | None, typer.Option(help="Element of the mobile ion.")] = None,
    crystal: Annotated[
        list[Path] | None,
        typer.Option(help="Runs of the crystal in a cell alike; once for each file or folder. Needed for G and R."),
    ] = None,
    other_crystal: Annotated[
        list[Path] | None, typer.Option(help="Of an interface, runs of the upper crystal in a cell alike.")
    ] = None,
    charge: Annotated[
        float | None, typer.Option(help="Charge of a mobile ion in e; default: the usual one of Li, Na, Mg, ...")
    ] = None,
    frame_interval_fs: Annotated[
        float | None, typer.Option(min=1e-3, help="Time between frames in fs, where the file does not say it.")
    ] = None,
    lags_ps: Lags = None,
    plane: Annotated[float, typer.Option(help="Height of one boundary in Angstrom.")] = 0.0,
    second: Annotated[
        float | None,
        typer.Option(
            help="Of an interface, height of the other boundary above it in Angstrom; default: by the volumes of both "
            "crystals. A grain boundary's is half a period above."
        ),
    ] = None,
    width: Annotated[float, typer.Option(min=0.5, help="Width of a layer in Angstrom, about.")] = WIDTH_A,
    apart: Annotated[bool, typer.Option("--apart", help="Tell the two boundaries apart.")] = False,
    campaign: Annotated[
        str | None,
        typer.Option(help="Of an id: name, results folder or file of its campaign.", show_default="all under results/"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: .json, or .csv or .svg of the profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
) -> None:
    """Density and diffusivity by layers, and what one boundary adds to the crystals beside it."""
    from screening.errors import StageError
    from screening.meso.files import layers_of_files
    from screening.meso.record import LayersRecord
    from screening.records import json_text, provenance
    from screening.records.origin import Provenance

    if out is not None and out.suffix.lower() not in _KINDS:
        raise typer.BadParameter(f"{out}: its name must end in {', '.join(_KINDS)}", param_hint="--out")
    # Runs in files need the ion's name; ids have dots as names of files do.
    if len(files) == 1 and not files[0].exists() and mobile is None:
        wanted = _of_campaign(str(files[0]), campaign, lags_ps, width, temperature)
        if out is not None and len(wanted) > 1:
            raise StageError(f"{files[0]} was run at {len(wanted)} temperatures, and --out takes one: --temperature")
    elif temperature is None or mobile is None:
        raise StageError("runs from files need --temperature and --mobile")
    else:
        wanted = []
    given = [path for path in [*files, *(crystal or []), *(other_crystal or [])] if path.is_file()]
    with provenance("layers", given) as origin:
        found = wanted or [
            layers_of_files(
                files,
                mobile=mobile or "",
                temperature_K=temperature or 0.0,
                crystal=crystal or (),
                other_crystal=other_crystal or (),
                charge=charge,
                frame_interval_fs=frame_interval_fs,
                lags_ps=lags_ps,
                plane_A=plane,
                second_A=second,
                width_A=width,
                folded=not apart,
            )
        ]
    records = [LayersRecord.of(one, provenance=Provenance.from_dict(origin)) for one in found]
    for note in dict.fromkeys(note for record in records for note in record.notes):
        typer.echo(f"note: {note}", err=True)
    for record in records:
        if out is not None:
            _write(record, out)
        if as_json:
            typer.echo(json_text(record.as_json()), nl=False)
        else:
            _print(record)


def _write(record: "LayersRecord", out: Path) -> None:
    from screening.records import write_text

    kind = out.suffix.lower()
    if kind == ".csv":
        write_text(out, profile_csv(record))
    elif kind == ".svg":
        from screening.report.profile import draw_profile

        draw_profile(record, out)
    else:
        record.write(out)


def pellet(
    boundary: Annotated[
        str,
        typer.Argument(help="Id of a boundary that was run, its beginning, or a file of `screening layers`."),
    ],
    grain_um: Annotated[list[float], typer.Option(min=1e-3, help="Size of grains in micrometres; once for each size.")],
    share: Annotated[
        list[float] | None,
        typer.Option(
            min=0,
            max=1,
            help="Of an interface, share of the volume that the other crystal takes; once for each.",
            show_default="0.1, 0.3, 0.5, 0.7, 0.9",
        ),
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(help="Name, results folder or file of its campaign.", show_default="all under results/"),
    ] = None,
    lags_ps: Lags = None,
) -> None:
    """Conductivity of a pellet against the size of its grains, if all boundaries were of this one law.

    Of an interface, of a composite of both crystals against its composition.
    """
    from rich.console import Console

    from screening.cli.words import grid_of
    from screening.errors import StageError
    from screening.meso.pellet import SHARES, composites, pellets
    from screening.meso.record import LayersRecord

    path = Path(boundary)
    found = [LayersRecord.read(path)] if path.suffix == ".json" else _of_campaign(boundary, campaign, lags_ps, WIDTH_A)
    two = any(one.other_crystal is not None for one in found)
    if share and not two:
        raise StageError("--share is for interfaces, which make composites of two crystals; a grain boundary has one")
    sizes, without = [], []
    for one in found:
        try:
            made = composites(one, grain_um, share or SHARES) if two else pellets(one, grain_um)
        except StageError as error:
            # Colder ones may know no R: the others have theirs.
            without.append(f"{one.temperature_K:g} K: {error}")
            if len(without) == len(found):
                raise
            continue
        sizes += [(one, size) for size in made]
    rows = [
        [
            f"{one.temperature_K:g}",
            *([f"{size.share:g}"] if size.share is not None else []),
            f"{size.grain_um:g}",
            f"{size.value_mS_cm:.3g}",
            "-"
            if size.low_mS_cm is None
            else f"{size.low_mS_cm:.3g} to {size.high_mS_cm:.3g}" + (" (paths open)" if size.near_percolation else ""),
            "-" if size.over_crystal is None else f"{size.over_crystal:.3g}",
        ]
        for one, size in sizes
    ]
    heading = ["T / K", *(["share"] if two else []), "grains / um", "mS/cm", "68 % between", "over the crystal"]
    Console().print(grid_of(heading, rows))
    if any(size.near_percolation for _, size in sizes):
        typer.echo(
            "note: where paths are open the range counts and not the value: whether the better conductor makes paths "
            "through the composite depends on how it was made",
            err=True,
        )
    for note in dict.fromkeys([*without, *(note for one in found for note in one.notes)]):
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
    from screening.meso.analysis import NO_SPACE_CHARGE
    from screening.stability.boundary_energy import boundary_energies, strained_beside
    from screening.stability.record import RelaxedRecord

    one = find(id, campaign)
    made = CandidateRecord.read(one.folder / CandidateRecord.FILE)
    facts = made.boundary
    if facts is None or facts.bulk is None:
        raise StageError(f"{one.id} is no boundary; rules with `grain_boundary` or `interface` make them")
    beside = [name for name in (facts.bulk, facts.other_bulk) if name is not None]
    relaxed = [one.folder.parent / name / RelaxedRecord.FILE for name in (one.id, *beside)]
    done = all(path.exists() for path in relaxed)
    own, crystals = _split(relaxed) if done else (None, [])
    energies = [] if own is None else boundary_energies(own, crystals)
    ways = [] if own is None else [one.boundary for one in own.orderings]
    typer.echo(
        f"{one.id}: {facts.law}; {made.n_atoms} atoms, {facts.area_A2:.0f} A2, grains of {facts.grain_A:.1f} A; beside "
        f"it {' and '.join(beside)}"
    )
    if facts.other is not None:
        low, high = min(facts.stretches), max(facts.stretches)
        typer.echo(f"{facts.other} is stretched by {100 * (low - 1):+.2f} and {100 * (high - 1):+.2f} % in the plane")
    rows = []
    for number, ordering in enumerate(made.orderings):
        energy = energies[number] if energies else None
        # Of the ways that were tried, the one that was relaxed.
        how = (ways[number] if ways else None) or ordering.boundary
        if how is not None:
            dipoles = f"{how.dipole_e_per_A:.3f}, {how.upper_dipole_e_per_A:.3f}"
            apart = None if energy is None else energy.separation_J_m2
            work = _with_error(apart, None if energy is None else energy.separation_error_J_m2, bare=True)
            rows.append([str(number), f"{how.gap_A:.1f}", how.closest_pair, dipoles, work, _energy(energy)])
    Console().print(grid_of(["joined", "gap / A", "closest contact", "dipoles e/A", "apart J/m2", "J/m2"], rows))
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
    if own is not None and (strained := strained_beside(own, crystals)):
        typer.echo(f"note: {strained}", err=True)
    if done:
        typer.echo(f"note: {NO_SPACE_CHARGE}", err=True)


def _split(paths: list[Path]) -> "tuple[RelaxedRecord, list[RelaxedRecord]]":
    from screening.stability.record import RelaxedRecord

    first, *others = [RelaxedRecord.read(path) for path in paths]
    return first, others


def _energy(energy: "JoinedEnergy | None") -> str:
    return "-" if energy is None else _with_error(energy.energy_J_m2, energy.error_J_m2, bare=True)


def _of_campaign(
    id: str, campaign: str | None, lags_ps: tuple[float, float] | None, width_A: float, temperature: float | None = None
) -> "list[Layers]":
    """Layers at each temperature at which a boundary and the crystals beside it were run, coldest first.

    A temperature of which nothing can be said is told and does not lose the others.
    """
    from screening.candidates.record import CandidateRecord
    from screening.cli.results import find
    from screening.errors import StageError
    from screening.meso.of_candidate import layers_of_candidate, runs_in, still_crystal
    from screening.stability.record import RelaxedRecord

    one = find(id, campaign)
    made = CandidateRecord.read(one.folder / CandidateRecord.FILE)
    if made.boundary is None or made.boundary.bulk is None:
        raise StageError(
            f"{one.id} is no grain boundary or interface; rules with `grain_boundary` or `interface` make them, and "
            "the crystals beside each"
        )
    names = [name for name in (made.boundary.bulk, made.boundary.other_bulk) if name is not None]
    listed = one.records.listed
    mobile = (listed.mobile_ion if listed is not None else "") or one.campaign.config.mobile_ions[0]
    last = RelaxedRecord.read(one.folder.parent / names[-1] / RelaxedRecord.FILE)
    still = still_crystal(last.orderings[0].structure, mobile)
    ran = names if still is None else names[:-1]
    own, beside = runs_in(one.folder), [runs_in(one.folder.parent / name) for name in ran]
    found, lost = [], []
    for kelvin, runs in own.items():
        if temperature is not None and abs(float(kelvin) - temperature) >= _SAME_K:
            continue
        try:
            found += layers_of_candidate(
                made, mobile, {kelvin: runs}, beside, lags_ps=lags_ps, width_A=width_A, still=still
            )
        except StageError as error:
            lost.append(f"{kelvin} K: {error}")
    if not found:
        at = "one temperature" if temperature is None else f"{temperature:g} K"
        none = f"{one.id} and the crystal beside it, {' and '.join(names)}, have no finished runs at {at} yet"
        raise StageError("; ".join(lost) or none)
    for line in lost:
        typer.echo(f"note: nothing at {line}", err=True)
    return sorted(found, key=lambda layers: layers.temperature_K)


def profile_csv(record: "Layers") -> str:
    """The layers as a table."""
    names = ("crystal", "from_A", "to_A", "boundary", "density_per_A3", "tracer_cm2_s", "tracer_error_cm2_s")
    rows = [",".join(_plain(getattr(layer, name)) for name in names) for layer in record.layers]
    return "\n".join([",".join(names), *rows]) + "\n"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _print(record: "LayersRecord") -> None:
    from rich.console import Console

    from screening.cli.words import grid_of

    two = any(layer.crystal for layer in record.layers)
    rows = [
        [
            *([_CRYSTALS[layer.crystal]] if two else []),
            f"{layer.from_A:.1f} to {layer.to_A:.1f}" + (f" ({layer.boundary})" if layer.boundary else ""),
            f"{1000 * layer.density_per_A3:.2f}",
            _with_error(layer.tracer_cm2_s, layer.tracer_error_cm2_s),
        ]
        for layer in record.layers
    ]
    heading = [*(["crystal"] if two else []), "Angstrom from the boundary", f"{record.mobile} per nm3"]
    Console().print(grid_of([*heading, "D* in the plane, cm2/s"], rows))
    typer.echo(f"at {record.temperature_K:g} K:")
    crystals = (("crystal", record.crystal), ("the other crystal", record.other_crystal))
    for name, cell in (("with boundaries", record.cell), *crystals):
        if cell is not None:
            typer.echo(
                f"{name}: in the plane {_with_error(cell.in_plane_mS_cm, cell.in_plane_error_mS_cm)} mS/cm, across "
                f"{_with_error(cell.across_mS_cm, cell.across_error_mS_cm)}"
            )
    if record.excess is not None:
        added = record.excess
        resistance = _with_error(added.resistance_ohm_cm2, added.resistance_error_ohm_cm2)
        across = "R across it is not known" if resistance == "-" else f"R = {resistance} Ohm cm2 across it"
        along = f"G = {_with_error(added.conductance_S, added.conductance_error_S)} S along it"
        typer.echo(f"one boundary adds {along}, and {across}")


def _with_error(value: float | None, error: float | None, *, bare: bool = False) -> str:
    """With its error; where that is not known the value alone, if it may stand so."""
    if value is None or (error is None and not bare):
        return "-"
    return f"{value:.3g}" if error is None else f"{value:.3g} +- {error:.1g}"
