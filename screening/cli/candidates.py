"""`screening dopants`: what may be put on a sublattice. `screening prescreen`: whether an ion can move at all."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screening.errors import ScreeningError

if TYPE_CHECKING:
    from screening.candidates.dopants import Suggestion
    from screening.parents.base import Parent

prescreen = typer.Typer(no_args_is_help=True, help="Cheap estimates for ordered structures, before molecular dynamics.")

ParentName = Annotated[
    str, typer.Argument(help="A structure of the library (`screening library`) or a file: CIF, POSCAR, extxyz.")
]
Mobile = Annotated[str, typer.Option(help="Element of the mobile ion.")]
State = Annotated[list[str] | None, typer.Option(help="Oxidation state such as Fe=3; as often as needed.")]


def dopants(
    parent: ParentName,
    element: Annotated[str, typer.Option(help="Element on the sublattice.")],
    mobile: Mobile = "Li",
    wyckoff: Annotated[str | None, typer.Option(help="Wyckoff label of the sublattice, such as 4d.")] = None,
    label: Annotated[str | None, typer.Option(help="Label of the sublattice in the file, such as Li2.")] = None,
    bonded_to: Annotated[str | None, typer.Option(help="Only sites with a bond to this element.")] = None,
    not_bonded_to: Annotated[str | None, typer.Option(help="Only sites without a bond to this element.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Longest list.")] = 10,
    max_charge_difference: Annotated[int, typer.Option(min=0, max=4, help="Largest difference of charge, e.")] = 1,
    state: State = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write the list to.")] = None,
) -> None:
    """Suggest dopants for a sublattice by substitution probability and radius, with the charge to be balanced."""
    from rich.console import Console
    from rich.table import Table

    from screening.candidates.dopants import considered, is_usual, working_rule
    from screening.config.candidates import SublatticeSelector
    from screening.errors import StructureError
    from screening.records import write_table

    loaded, charges, said = _load_with_states(parent, state or [], mobile)
    selector = SublatticeSelector(
        element=element, wyckoff=wyckoff, label=label, bonded_to=bonded_to, not_bonded_to=not_bonded_to
    )
    every = considered(loaded.structure, charges, selector, mobile, max_charge_difference=max_charge_difference)
    possible = [s for s in every if not s.excluded]
    found = possible[:limit]
    left_out = _left_out([s for s in every if s.excluded], max_charge_difference)
    table = Table("dopant", "charge", "probability", "radius A", "bond change", "compensation", box=None)
    for s in found:
        table.add_row(
            s.dopant,
            f"{s.charge:+d}",
            f"{s.probability:.4f}",
            f"{s.radius_A:.2f}",
            f"{s.bond_change:+.1%}",
            s.compensation,
        )
    if found:
        Console().print(table)
    if more := [_ion(s) for s in possible[limit:] if is_usual(s)]:
        typer.echo(f"\nless probable, shown with --limit {len(possible)}: {', '.join(more)}")
    for line in left_out:
        typer.echo(f"\n{line}")
    if not found:
        raise typer.Exit(1)
    try:
        typer.echo(f"\nthe first one in a campaign file:\n{working_rule(loaded, selector, found[0], mobile, said)}")
    except StructureError as error:
        typer.echo(f"\nthe first one cannot be made by a rule here: {error}")
    if out is not None:
        write_table(out, [{"parent": loaded.id, "sites": element, **asdict(s)} for s in found])


def _ion(s: "Suggestion") -> str:
    return f"{s.dopant}{s.charge:+d}"


def _left_out(every: list["Suggestion"], max_charge_difference: int) -> list[str]:
    """Those that are excluded with the reason, the most probable first: by size, by charge, by what they are here."""
    from screening.candidates.dopants import is_usual

    groups: dict[str, list[str]] = {}
    for s in filter(is_usual, every):
        ion = _ion(s)
        reason = "because they have another charge in this crystal"
        if abs(s.charge_difference) > max_charge_difference:
            reason = f"because their charge differs by more than {max_charge_difference} (--max-charge-difference)"
        elif "bonds" in s.excluded:
            reason, ion = "because their bonds would change too much", f"{ion} ({s.bond_change:+.0%})"
        groups.setdefault(reason, []).append(ion)
    return [f"left out {reason}: {', '.join(ions)}" for reason, ions in groups.items()]


@prescreen.command("percolation")
def prescreen_percolation(
    parents: Annotated[list[str], typer.Argument(help="Structures of the library, or files.")],
    mobile: Mobile = "Li",
    grid: Annotated[float, typer.Option(min=0.1, max=1.0, help="Spacing of grid points in Angstrom.")] = 0.3,
    state: State = None,
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
) -> None:
    """Bond-valence site energy at which paths of the mobile ion connect, in 1, 2 and 3 dimensions; seconds each."""
    from rich.console import Console
    from rich.table import Table

    from screening.candidates.prescreen.bond_valence import percolation
    from screening.records import write_json

    table = Table("parent", "1D eV", "2D eV", "3D eV", "seconds", box=None)
    rows, left_out = [], []
    for name in parents:
        try:
            loaded, charges, _ = _load_with_states(name, state or [], mobile)
            found = percolation(loaded.structure, charges, mobile, grid)
        except ScreeningError as error:
            # One file of many that cannot be read costs no other its answer.
            if len(parents) == 1:
                raise
            left_out.append(f"left out: {name}: {str(error).removeprefix(f'{name}: ')}")
            continue
        rows.append({"parent": loaded.id, **asdict(found)})
        table.add_row(loaded.id, *(_shown(b) for b in found.barriers_eV), f"{found.seconds:.1f}")
    if rows:
        Console().print(table)
    if any(barrier is None for row in rows for barrier in row["barriers_eV"]):
        typer.echo("-: no energy connects paths along so many dimensions")
    for line in left_out:
        typer.echo(line, err=True)
    if not rows:
        raise typer.Exit(1)
    if out is not None:
        write_json(out, {"mobile_ion": mobile, "parents": rows})


@prescreen.command("hops")
def prescreen_hops(
    parent: ParentName,
    potential: Annotated[
        str, typer.Option(help="As in a campaign: chgnet, sevenn, ... (`screening potentials list`).")
    ],
    mobile: Mobile = "Li",
    longest: Annotated[float, typer.Option(min=1, max=10, help="Longest hop in Angstrom.")] = 4.0,
    min_image_distance: Annotated[float, typer.Option(min=3, help="Of the supercell, Angstrom.")] = 10.0,
    images: Annotated[int, typer.Option(min=1, max=21, help="Images between the ends.")] = 5,
    max_hops: Annotated[int, typer.Option(min=1, help="Only so many of the shortest distinct hops.")] = 3,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    out: Annotated[Path | None, typer.Option(help="JSON file to write.")] = None,
) -> None:
    """Barriers of hops into a vacancy between symmetry-distinct neighbouring sites (climbing-image NEB)."""
    from rich.console import Console

    from screening.candidates.prescreen.hops import distinct_hops, hop_barrier
    from screening.candidates.supercell import smallest_supercell
    from screening.cli.potentials import load_potential
    from screening.config.candidates import AutomaticSupercell
    from screening.parents.registry import load_parent
    from screening.records import write_json

    loaded = load_parent(_kind(parent), parent, base=Path())
    hops = distinct_hops(loaded.structure, mobile, longest)
    bounds = AutomaticSupercell(min_image_distance_A=min_image_distance)
    repeat, _ = smallest_supercell(loaded.structure.lattice, len(loaded.structure), bounds, lambda repeat: repeat)
    typer.echo(f"{len(hops)} distinct hops up to {longest:g} A; supercell {'x'.join(map(str, repeat))}")
    made = load_potential(potential, device, threads)
    rows = []
    for hop in hops[:max_hops]:
        with Console(stderr=True).status("") as status:
            found = hop_barrier(loaded.structure, hop, repeat, made.calculator, images=images, watch=status.update)
        rows.append(asdict(found))
        answer = found.reason or f"{_shown(found.forward_eV)} eV there, {_shown(found.backward_eV)} eV back"
        typer.echo(f"{hop.distance_A:.2f} A, {hop.multiplicity} in the cell: {answer} ({found.seconds:.0f} s)")
    if out is not None:
        record = {"parent": loaded.id, "mobile_ion": mobile, "supercell": repeat, "potential": made.record()}
        write_json(out, {**record, "barriers": rows})


def _shown(barrier: float | None) -> str:
    return "-" if barrier is None else f"{barrier:.2f}"


def _kind(name: str) -> str:
    return "file" if Path(name).suffix or Path(name).exists() else "library"


def _load_with_states(name: str, states: list[str], mobile: str) -> tuple["Parent", dict[str, float], dict[str, float]]:
    """A parent by library name or path, its oxidation states, and those of them that the user has named.

    Raises:
        ConfigError: an oxidation state is not written as ELEMENT=NUMBER, or the parent lacks the mobile ion.
        StructureError: no such structure, or its oxidation states are not certain.
    """
    from screening.candidates.oxidation import of_parent
    from screening.errors import ConfigError
    from screening.parents.registry import load_parent

    said = {}
    for entry in states:
        element, _, number = entry.partition("=")
        try:
            said[element] = float(number)
        except ValueError:
            raise ConfigError(f"--state {entry}: write it as Fe=3") from None
    parent = load_parent(_kind(name), name, base=Path())
    charges = of_parent(parent.structure, parent.oxidation_states, said).charges
    if mobile not in charges:
        raise ConfigError(f"{name}: holds no {mobile}; name its mobile ion with --mobile")
    return parent, charges, said
