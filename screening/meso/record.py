"""layers.json: what `screening layers` finds in runs of a boundary, beside the crystal."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record

_NO_RESISTANCE = "where nothing is seen to cross one of the cells"
_NOT_SEEN = "where no ion was, or fewer than two stretches of time are there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours(Part):
    """How many anions of a kind are around an ion."""

    number: Annotated[float, Key("within 1.25 of the sum of ionic radii")]
    error: Annotated[float | None, Key("its standard error", none="where no ion was in the layer most of the time")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer(Part):
    """Ions at about one distance from a boundary."""

    from_A: Annotated[float, Key("distance from the boundary at which it begins")]
    to_A: Annotated[float, Key("at which it ends")]
    boundary: Annotated[int, Key("0, or 1 for the second boundary where they are told apart")]
    density_per_A3: Annotated[float, Key("of mobile ions")]
    tracer_cm2_s: Annotated[float | None, Key("D* in the plane", none=_NOT_SEEN)]
    tracer_error_cm2_s: Annotated[float | None, Key("its standard error", none=_NOT_SEEN)]
    anions: Annotated[
        dict[str, Neighbours] | None,
        Key(
            "around an ion, by kind, such as `S(P)`: sulphur bonded to phosphorus",
            absent="where oxidation states are not known, as of runs in files",
        ),
    ] = None
    crystal: Annotated[int, Key("1 in the other crystal of an interface, else 0")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess(Part):
    """What a boundary adds to the crystal, without a choice of its width."""

    conductance_S: Annotated[float, Key("along one boundary, per square, above the crystal's; below 0 where less")]
    conductance_error_S: Annotated[float, Key("its standard error")]
    resistance_ohm_cm2: Annotated[
        float | None, Key("across one boundary above the crystal's; below 0 where less", none=_NO_RESISTANCE)
    ]
    resistance_error_ohm_cm2: Annotated[float | None, Key("its standard error", none=_NO_RESISTANCE)]
    reason: Annotated[str, Key("why there is no resistance, empty where there is one")] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduction(Part):
    """Tracer diffusivities and their Nernst-Einstein conductivities in and across the plane."""

    files: Annotated[tuple[str, ...], Key("trajectories that were read")]
    n_ions: Annotated[int, Key("mobile ions in the cell")]
    period_A: Annotated[float, Key("height of the cell: two boundaries in each")]
    area_A2: Annotated[float, Key("of the cell in the plane")]
    in_plane_cm2_s: Annotated[float, Key("D* in the plane, of the whole cell")]
    in_plane_error_cm2_s: Annotated[float, Key("its standard error")]
    across_cm2_s: Annotated[float, Key("D* across, all layers in series")]
    across_error_cm2_s: Annotated[float, Key("its standard error")]
    in_plane_mS_cm: Annotated[float, Key("conductivity of independent ions in the plane")]
    in_plane_error_mS_cm: Annotated[float, Key("its standard error")]
    across_mS_cm: Annotated[float, Key("conductivity of independent ions across")]
    across_error_mS_cm: Annotated[float, Key("its standard error")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers(Part):
    """Transport by layers at one temperature."""

    mobile: Annotated[str, Key("element of the mobile ion")]
    charge: Annotated[float, Key("of one ion", unit="e")]
    temperature_K: Annotated[float, Key("of the runs")]
    lags_ps: Annotated[tuple[float, ...], Key("short and long lag between which displacements were taken", shape="2")]
    cell: Annotated[Conduction, Key("the cell with boundaries")]
    layers: Annotated[tuple[Layer, ...], Key("nearest the boundary first")]
    crystal: Annotated[Conduction | None, Key("the crystal beside it", none="where no runs of it were given")]
    other_crystal: Annotated[
        Conduction | None, Key("the other crystal of an interface", absent="where there is none, or no runs were given")
    ] = None
    excess: Annotated[Excess | None, Key("of one boundary", none="where no runs of the crystal were given")]
    notes: Annotated[tuple[str, ...], Key("what was seen when files were read, and what is not in the numbers")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBarrier(Part):
    """Activation energy of D* in a layer, or of a whole cell."""

    what: Annotated[str, Key("`layer`, or which cell and direction, such as `crystal, in plane`")]
    activation_energy_eV: Annotated[float, Key("slope of ln D* over -1/kT, each temperature with its error")]
    activation_energy_error_eV: Annotated[float, Key("its standard error, larger where points scatter more")]
    n_temperatures: Annotated[int, Key("that count: those with D* above two errors")]
    from_A: Annotated[float | None, Key("from the boundary, where a layer begins", absent="of a cell")] = None
    to_A: Annotated[float | None, Key("where it ends", absent="of a cell")] = None
    boundary: Annotated[int, Key("as in `layers`; 0 of a cell")] = 0
    crystal: Annotated[int, Key("as in `layers`; 0 of a cell")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PelletPoint(Part):
    """Conductivity of a pellet at one temperature, if all its boundaries were of one law."""

    temperature_K: Annotated[float, Key("of the runs")]
    grain_um: Annotated[float, Key("size of grains", unit="µm")]
    value_mS_cm: Annotated[float, Key("conductivity")]
    low_mS_cm: Annotated[
        float | None, Key("68 % lie between it and `high_mS_cm`", none="where draws of the errors leave no formula")
    ]
    high_mS_cm: Annotated[float | None, Key("see there", none="see there")]
    share: Annotated[float | None, Key("of the volume that the other crystal takes", absent="of one crystal")] = None
    near_percolation: Annotated[bool, Key("whether the interval holds both, paths and none")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersRecord(Layers, Record):
    """The same in a file."""

    FILE: ClassVar[str] = "layers.json"

    provenance: Annotated[Provenance, Key("what the file was made from")]
