"""candidate.json, candidates.csv and refused.csv: what is made from parents and rules."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from screening.candidates.roles import Role
from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.rows import Row
from screening.records.typed import Part, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Part):
    """Two species exchanged between two sublattices."""

    between: Annotated[tuple[str, ...], Key("the sublattices")]
    degree: Annotated[float, Key("share of the sites of the smaller one that hold the other's species")]
    sites: Annotated[tuple[int, ...], Key("sites of each in the cell")]
    held: Annotated[
        tuple[dict[str, int], ...] | None,
        Key(
            "what each held in the cell before, the exchanged species first",
            none="where each held nothing else",
            absent="in files of 0.1.0, whose exchanges are of whole sublattices",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary(Part):
    """Two grains, of one crystal or two, in a periodic cell, or one of the crystals in a cell like that."""

    kind: Annotated[str, Key("`grain boundary`, `interface`, or `bulk` for a crystal beside one")]
    law: Annotated[str, Key("how the upper grain is turned, or would be")]
    plane: Annotated[tuple[int, ...], Key("Miller indices in the parent's cell", shape="3")]
    other: Annotated[str | None, Key("id of the upper crystal's parent", none="where both grains are one crystal")]
    other_plane: Annotated[
        tuple[int, ...] | None,
        Key("Miller indices in that one's cell", shape="3", none="where both grains are one crystal"),
    ]
    turn_deg: Annotated[float, Key("turn of the upper grain about the plane's normal", unit="degrees")]
    coincidence: Annotated[int, Key("one in so many lattice points of the plane is common to both grains")]
    alike: Annotated[bool, Key("whether symmetry makes the two boundaries of the cell one law")]
    grain_A: Annotated[float, Key("thickness of each grain")]
    width_A: Annotated[float, Key("distance of an atom from its nearest image in the plane")]
    area_A2: Annotated[float, Key("of one boundary in the cell")]
    stretches: Annotated[
        tuple[float, ...],
        Key("principal ones in the plane: of the upper crystal, or of a bulk; 1 without strain", shape="2"),
    ]
    whole: Annotated[dict[str, int], Key("units of several atoms that no boundary cuts, and how many a grain has")]
    bulk: Annotated[
        str | None, Key("id of the candidate that is the crystal beside it", none="for that one itself")
    ] = None
    other_bulk: Annotated[
        str | None, Key("the same of the upper crystal", none="where both grains are one crystal, and for a bulk")
    ] = None

    @property
    def beside(self) -> tuple[str, ...]:
        """Candidates that are the crystals beside it, the lower one first."""
        return tuple(name for name in (self.bulk, self.other_bulk) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBoundary(Part):
    """How the grains of one structure were joined."""

    cut_A: Annotated[float, Key("height of the cut in the lower grain's period, along the plane's normal")]
    upper_cut_A: Annotated[float, Key("the same in the upper grain's")]
    shift_A: Annotated[tuple[float, ...], Key("of the upper grain in the plane, first along the cell's first edge")]
    second_shift_A: Annotated[
        tuple[float, ...] | None,
        Key("of the next lower grain against the upper one", none="where the second boundary is the first one turned"),
    ]
    gap_A: Annotated[float, Key("room left at both boundaries")]
    closest_contact: Annotated[float, Key("closest two ions of different grains, over the sum of their ionic radii")]
    closest_pair: Annotated[str, Key("these ions and their distance")]
    dipole_e_per_A: Annotated[float, Key("dipole moment of the lower grain along the normal, per area", unit="e/Å")]
    upper_dipole_e_per_A: Annotated[float, Key("the same of the upper grain", unit="e/Å")]
    arrangement: Annotated[int, Key("of the ions in its grains, counted from 0")] = 0
    lower: Annotated[tuple[int, ...], Key("atoms of the lower grain, counted from 0", shape="n_lower")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement(Part):
    """What an ordering stands for."""

    degeneracy: Annotated[int | None, Key("arrangements it stands for", none="where not all were counted")]
    draws: Annotated[int | None, Key("how often it was drawn", none="where orderings are not sampled")]

    @property
    def weight(self) -> int:
        """How many arrangements it stands for among the kept ones.

        What was drawn counts as often as it was drawn, since draws come with the weight of their degeneracy already.
        Where neither is known, each stands for as many as the others.
        """
        return self.draws or self.degeneracy or 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOrdering(Arrangement):
    """An ordering as it was made."""

    ewald_energy_eV: Annotated[float | None, Key("of point charges", none="where it was not computed")]
    structure: Annotated[dict[str, Any], Key("as pymatgen writes structures")]
    boundary: Annotated[
        MadeBoundary | None, Key("how its grains were joined", absent="of what is no grain boundary")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts(Part):
    """What every record of a candidate's structures says of it."""

    id: Annotated[str, Key("formula and hash of the structures")]
    role: Annotated[frozenset[Role], Key("whether it is ranked, compared with, or both")]
    end_member: Annotated[bool, Key("whether it is an ordered pure parent")]
    parent: Annotated[str, Key("id of the parent")]
    composition: Annotated[str, Key("of one formula unit of the parent")]
    formula_units: Annotated[float, Key("of the parent, in the cell")]
    mixing_sites: Annotated[int, Key("sites of the cell over which something other than the mobile ion is mixed")]
    ideal_entropy_k_formula_unit: Annotated[float, Key("of complete disorder on the sublattices")]
    distinct_arrangements: Annotated[
        int | None, Key("arrangements that are distinct by symmetry", none="where not all were looked at")
    ]
    oxidation_states: Annotated[dict[str, float], Key("by element", unit="e")]
    exchange: Annotated[Exchange | None, Key("site exchange", none="without one, or with several")]
    glass: Annotated[
        dict[str, Any] | None,
        Key("how it is melted and quenched, keys of `candidates.rules.glass`", none="of a crystal"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRecord(CandidateFacts, Record):
    """A candidate or reference with its orderings as they were made."""

    FILE: ClassVar[str] = "candidate.json"
    REMEDY: ClassVar[str] = "delete candidates.csv and run again; it will be recomputed"

    done: Annotated[str, Key("what was done to the parent")]
    supercell: Annotated[str, Key("repeats of the parent's cell; of a boundary its grains in primitive cells")]
    family: Annotated[str, Key("its elements, joined by -")]
    n_atoms: Annotated[int, Key("in the cell")]
    n_orderings: Annotated[int, Key("that are kept")]
    arrangements: Annotated[int, Key("that exist")]
    selection: Annotated[str, Key("how the orderings were chosen")]
    oxidation_states_from: Annotated[str, Key("the oxidation states, and what each is from")]
    orderings: Annotated[
        tuple[MadeOrdering, ...], Key("the lowest Ewald energy first; of a boundary the narrowest gap of each ordering")
    ]
    provenance: Annotated[Provenance, Key("what the file was made from")]
    more_ways: Annotated[
        tuple[MadeOrdering, ...] | None,
        Key("ways of joining that are told by their energies", absent="where none are, and of a single crystal"),
    ] = None
    boundary: Annotated[
        Boundary | None, Key("grain boundary, or the crystal beside one", absent="of a single crystal or a glass")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow(Row):
    """A candidate or reference of a campaign."""

    FILE: ClassVar[str] = "candidates.csv"

    id: Annotated[str, Key("formula and hash of the structures")]
    role: Annotated[frozenset[Role], Key("whether it is ranked, compared with, or both")]
    end_member: Annotated[bool, Key("whether it is an ordered pure parent")]
    parent: Annotated[str, Key("id of the parent")]
    composition: Annotated[str, Key("of one formula unit of the parent")]
    done: Annotated[str, Key("what was done to the parent")]
    supercell: Annotated[str, Key("repeats of the parent's cell; of a boundary its grains in primitive cells")]
    family: Annotated[str, Key("its elements, joined by -")]
    n_atoms: Annotated[int, Key("in the cell")]
    formula_units: Annotated[float, Key("of the parent, in the cell")]
    n_orderings: Annotated[int, Key("that are kept")]
    arrangements: Annotated[int, Key("that exist")]
    distinct_arrangements: Annotated[
        int | None, Key("that are distinct by symmetry", none="where not all were looked at")
    ]
    selection: Annotated[str, Key("how the orderings were chosen")]
    oxidation_states_from: Annotated[str, Key("the oxidation states, and what each is from")]
    ideal_entropy_k_formula_unit: Annotated[float, Key("of complete disorder on the sublattices")]
    mixing_sites: Annotated[int, Key("sites of the cell over which something other than the mobile ion is mixed")]
    glass: Annotated[bool, Key("whether it is melted and quenched before it is relaxed")]
    split_site_entropy_k_formula_unit: Annotated[
        float,
        Key("the part of the ideal entropy within split sites", absent="in tables of 0.1.0: 0.0"),
    ] = 0.0
    end_members: Annotated[
        tuple[str, ...] | None,
        Key(
            "ids of the references that its mixing enthalpy is measured against where they can make it",
            absent="in tables of 0.1.0, whose candidates are measured against all end members",
        ),
    ] = None
    mobile_ion: Annotated[
        str,
        Key("the element that conducts in it", absent="in tables of 0.2.0 and before: empty, and the campaign's"),
    ] = ""
    equilibrium_K: Annotated[
        tuple[str, ...],
        Key(
            "temperatures of synthesis of which its degree of exchange is a step (`degree: equilibrium(T)`); empty "
            "where the degree itself was asked for",
            absent="in tables of 0.2.0 and before",
        ),
    ] = ()
    beside: Annotated[
        tuple[str, ...],
        Key(
            "ids of the crystals that a boundary is compared with, the lower one first",
            absent="in tables of before, and empty of what is no boundary",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow(Row):
    """A combination that was asked for and cannot be made."""

    FILE: ClassVar[str] = "refused.csv"

    rule: Annotated[
        int | None, Key("which of the config's rules, counted from 0", none="for a parent or a competing phase")
    ]
    parent: Annotated[str, Key("id of the parent")]
    asked: Annotated[str, Key("what was to be done to it")]
    reason: Annotated[str, Key("why it cannot be")]
