"""`screening dopants`: what may be put on a sublattice, and why."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from screening.parents.base import Parent

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

    from screening.candidates.dopants import rule_for, suggest
    from screening.config.candidates import SublatticeSelector
    from screening.records import write_table

    loaded, charges = load_with_states(parent, state or [], mobile)
    selector = SublatticeSelector(element=element, wyckoff=wyckoff, bonded_to=bonded_to, not_bonded_to=not_bonded_to)
    found = suggest(
        loaded.structure, charges, selector, mobile, limit=limit, max_charge_difference=max_charge_difference
    )
    if not found:
        typer.echo("no dopant is known for this ion with a fitting radius; raise --max-charge-difference")
        raise typer.Exit(1)
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
    Console().print(table)
    typer.echo(f"\nthe first of them in a campaign file:\n{rule_for(loaded.id, selector, found[0])}")
    if out is not None:
        write_table(out, [{"parent": loaded.id, "sites": element, **asdict(s)} for s in found])


def load_with_states(name: str, states: list[str], mobile: str) -> tuple["Parent", dict[str, float]]:
    """A parent by library name or path, and its oxidation states.

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
    parent = load_parent("file" if Path(name).suffix or Path(name).exists() else "library", name, base=Path())
    charges = of_parent(parent.structure, parent.oxidation_states, said).charges
    if mobile not in charges:
        raise ConfigError(f"{name} holds no {mobile}; name its mobile ion with --mobile")
    return parent, charges
