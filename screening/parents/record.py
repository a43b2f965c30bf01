"""parents.json: the crystals that candidates are made from, and the phases they are compared with."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentRecord(Part):
    """A crystal as it was read."""

    id: Annotated[str, Key("name in rules, file names and tables")]
    source: Annotated[str, Key("publication, file or database query")]
    space_group: Annotated[str, Key("Hermann-Mauguin symbol, empty where a site is partially occupied")]
    notes: Annotated[str, Key("what was idealised, ordered, assumed or left out")]
    oxidation_states: Annotated[dict[str, float] | None, Key("by element", none="where the source has none", unit="e")]
    vacant_sites: Annotated[
        dict[str, tuple[tuple[float, ...], ...]],
        Key("fractional coordinates of empty positions for interstitials, by label", shape="n × 3"),
    ]
    group: Annotated[str, Key("id of the query it answers, empty where it was named itself")]
    energy_above_hull_eV_atom: Annotated[float | None, Key("in its database", none="where that does not say")]
    amorphous: Annotated[bool, Key("whether it is a mere packing")]
    origin: Annotated[
        dict[str, Any] | None, Key("database, its version and the query", none="where it is from no database")
    ]
    structure: Annotated[dict[str, Any], Key("as pymatgen writes structures")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentsRecord(Record):
    """All parents and references of a campaign."""

    FILE: ClassVar[str] = "parents.json"

    parents: Annotated[dict[str, ParentRecord], Key("what rules start from, by id")]
    left_out: Annotated[dict[str, dict[str, str]], Key("of each query: what was found and not taken, and why")]
    references: Annotated[dict[str, ParentRecord], Key("competing phases, by id")]
    provenance: Annotated[Provenance, Key("what the file was made from")]
