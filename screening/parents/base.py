"""What every source of parent structures returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from screening.errors import StructureError
from screening.parents.record import ParentRecord

if TYPE_CHECKING:
    from pymatgen.core import Structure

# Of symmetry search; looser than spglib's default because published coordinates carry three or four digits.
SYMMETRY_TOLERANCE_A = 0.01


@dataclass(frozen=True)
class Parent:
    """A crystal that candidates are made from, or a phase they are compared with.

    Attributes:
        id: Name used in rules, file names and tables.
        structure: Crystal with element symbols (no charges); sites may be partially occupied.
        source: Where it came from: publication, file or database query.
        space_group: Hermann-Mauguin symbol found by spglib, or "" when any site is partially occupied.
        notes: What was idealised, ordered, assumed or left out on the way.
        oxidation_states: Charge in e of each element, or None when the source does not say.
        vacant_sites: Known empty positions an interstitial can take, label such as "Li 48h" (element first)
            to fractional coordinates, n positions x 3, every position of the orbit that is empty. Distances
            are not screened: a position may be too close to an atom that stays.
        group: Id of the query it answers, "" where it was named itself.
        energy_above_hull_eV_atom: In the database it is from, None where that does not say.
        amorphous: Whether it is a mere packing, which nothing is compared with.
        origin: Database, its version and the query that brought it, None where it is from no database.
    """

    id: str
    structure: "Structure"
    source: str
    space_group: str = ""
    notes: str = ""
    oxidation_states: dict[str, float] | None = None
    vacant_sites: dict[str, list[list[float]]] = field(default_factory=dict)
    group: str = ""
    energy_above_hull_eV_atom: float | None = None
    amorphous: bool = False
    origin: dict[str, Any] | None = None

    def to_record(self) -> ParentRecord:
        """The parent as records hold it; `from_record` is its inverse."""
        vacant = {label: tuple(tuple(map(float, p)) for p in places) for label, places in self.vacant_sites.items()}
        return ParentRecord(
            id=self.id,
            source=self.source,
            space_group=self.space_group,
            notes=self.notes,
            oxidation_states=self.oxidation_states,
            vacant_sites=vacant,
            group=self.group,
            energy_above_hull_eV_atom=self.energy_above_hull_eV_atom,
            amorphous=self.amorphous,
            origin=self.origin,
            structure=self.structure.as_dict(),
        )

    @classmethod
    def from_record(cls, record: ParentRecord) -> "Parent":
        """The parent a record describes.

        Raises:
            StructureError: its structure is not what pymatgen writes.
        """
        from pymatgen.core import Structure

        try:
            structure = Structure.from_dict(record.structure)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StructureError(
                f"the record of parent {record.id!r} is damaged ({type(error).__name__}: {error}); write it again"
            ) from error
        return cls(
            id=record.id,
            structure=structure,
            source=record.source,
            space_group=record.space_group,
            notes=record.notes,
            oxidation_states=record.oxidation_states,
            vacant_sites={label: [list(place) for place in places] for label, places in record.vacant_sites.items()},
            group=record.group,
            energy_above_hull_eV_atom=record.energy_above_hull_eV_atom,
            amorphous=record.amorphous,
            origin=record.origin,
        )


def named(name: str, parents: Mapping[str, Parent]) -> list[Parent]:
    """The parent of this id, or all that answer the query of this id."""
    return [parents[name]] if name in parents else [p for p in parents.values() if p.group == name]


def find_space_group(structure: "Structure") -> str:
    """Hermann-Mauguin symbol of an ordered structure found by spglib (tolerance 0.01 Å); "" for a disordered one."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    if not structure.is_ordered:
        return ""
    return str(SpacegroupAnalyzer(structure, symprec=SYMMETRY_TOLERANCE_A).get_space_group_symbol())


def split_charges(structure: "Structure") -> tuple["Structure", dict[str, float] | None, str]:
    """Separate the charges a file puts on its species from the elements.

    Returns:
        The structure with plain elements; the charge in e of each element, None when the file gives no charge
        for some element or two for one; a note for the latter case, else "".
    """
    charges: dict[str, set[float]] = {}
    bare = False
    for species in structure.composition:
        charge = getattr(species, "oxi_state", None)
        if charge is None:
            bare = True
        else:
            charges.setdefault(species.symbol, set()).add(float(charge))
    if not charges:
        return structure, None, ""
    plain = structure.copy()
    plain.remove_oxidation_states()
    mixed = sorted(element for element, states in charges.items() if len(states) > 1)
    if mixed:
        return plain, None, f"The source gives {', '.join(mixed)} more than one charge; none is used."
    # Zero for every element is how programs write "not known".
    if bare or all(states == {0.0} for states in charges.values()):
        return plain, None, ""
    return plain, {element: states.pop() for element, states in charges.items()}, ""
