"""stability.csv, orderings.csv and disorder.csv: the energetics of what was relaxed."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.candidates.roles import Role
from screening.records.fields import Key
from screening.records.rows import Row
from screening.stability.status import RelaxationStatus

_BEFORE_3 = "in tables of 0.2.0 and before"
_LOST = "where the relaxation failed"
_NO_ENTHALPY = "without a mixing enthalpy"


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilityRow(Row):
    """The energetics of a candidate or reference."""

    FILE: ClassVar[str] = "stability.csv"

    id: Annotated[str, Key("formula and hash of the structures")]
    role: Annotated[frozenset[Role], Key("whether it is ranked, compared with, or both")]
    composition: Annotated[str, Key("of one formula unit of the parent")]
    relaxation: Annotated[RelaxationStatus, Key("how that of the lowest ordering ended")]
    relax_steps: Annotated[int, Key("of its optimiser")]
    max_force_eV_A: Annotated[float | None, Key("largest force left on an atom", none=_LOST)] = None
    volume_A3_atom: Annotated[float | None, Key("relaxed", none=_LOST)] = None
    volume_change: Annotated[float | None, Key("relative to the start", none=_LOST)] = None
    energy_eV_atom: Annotated[float | None, Key("of the lowest ordering", none=_LOST)] = None
    start_spread_meV_atom: Annotated[
        float | None, Key("between the starts of one ordering", none="where there was one")
    ] = None
    ordering_spread_meV_atom: Annotated[float | None, Key("between orderings", none="where there is one")] = None
    mixing_enthalpy_meV_atom: Annotated[float | None, Key("of the lowest ordering", none=_NO_ENTHALPY)] = None
    mixing_enthalpy_meV_formula_unit: Annotated[float | None, Key("the same", none=_NO_ENTHALPY)] = None
    mixing_enthalpy_meV_mixing_site: Annotated[
        float | None, Key("the same", none="without a mixing enthalpy, or where nothing mixes")
    ] = None
    mixing_enthalpy_error_meV_atom: Annotated[
        float | None,
        Key(
            "spreads between starts of it and its references, added in quadrature", none="where one had a single start"
        ),
    ] = None
    mixing_against: Annotated[str | None, Key("what it is measured against", none=_LOST)] = None
    mixing_reaction: Annotated[str | None, Key("the balanced reaction", none=_NO_ENTHALPY)] = None
    hull_distance_meV_atom: Annotated[
        float | None, Key("above the hull of all references", none="where they cannot make it")
    ] = None
    decomposition: Annotated[str | None, Key("the phases there", none="where they cannot make it")] = None
    mixing_hull_distance_meV_atom: Annotated[
        float | None,
        Key("above the lower hull of the mixing enthalpies of its series", none="where it is in no series"),
    ] = None
    mixing_hull: Annotated[str | None, Key("the candidates it mixes with there", none="where it is in no series")] = (
        None
    )
    ideal_entropy_k_formula_unit: Annotated[float | None, Key("of complete disorder", none=_LOST)] = None
    mixing_gibbs: Annotated[
        dict[float, float | None],
        Key(
            "with the ideal entropy above the references' own",
            none=_NO_ENTHALPY,
            name="mixing_gibbs_<T>K_meV_formula_unit",
        ),
    ]
    mixing_temperature_K: Annotated[
        float | None, Key("above which that is negative", none="without a mixing enthalpy, or where there is none")
    ] = None
    ensemble_entropy: Annotated[
        dict[float, float | None],
        Key("of all orderings", none="where not all are known", name="ensemble_entropy_<T>K_k_formula_unit"),
    ]
    at_equilibrium: Annotated[
        bool | None,
        Key(
            "whether its degree of exchange is the nearest in its cell to that of equilibrium at the temperature asked "
            "for (`degree: equilibrium(T)`)",
            none="where the degree itself was asked for, or the relaxation failed",
            absent=_BEFORE_3,
        ),
    ] = None
    equilibrium: Annotated[
        str, Key("that degree, and the nearest; or why it is not known", absent="in tables of 0.2.0 and before: empty")
    ] = ""
    reason: Annotated[str, Key("what failed or is doubtful, if anything")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingRow(Row):
    """An ordering of a candidate among the kept ones."""

    FILE: ClassVar[str] = "orderings.csv"

    id: Annotated[str, Key("of the candidate")]
    ordering: Annotated[int, Key("which, counted from 0")]
    relaxation: Annotated[RelaxationStatus, Key("how it ended")]
    degeneracy: Annotated[int | None, Key("arrangements it stands for", none="where not all were counted")]
    draws: Annotated[int | None, Key("how often it was drawn", none="where orderings are not sampled")]
    complete: Annotated[bool, Key("whether these are all orderings; if not, weights are among the kept ones")]
    energy_above_lowest_meV_cell: Annotated[
        float | None, Key("above the candidate's lowest ordering", none="where its relaxation failed")
    ]
    weight: Annotated[
        dict[float, float | None],
        Key(
            "Boltzmann weight times degeneracy or draws",
            none="where its relaxation failed",
            name="weight_<T>K",
            unit="",
        ),
    ]
    reason: Annotated[str, Key("what failed, if anything")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DisorderRow(Row):
    """A series of disorder at one temperature, or why it has no curve."""

    FILE: ClassVar[str] = "disorder.csv"

    series: Annotated[str, Key("exchange in a parent, or compositions between two end members")]
    kind: Annotated[str, Key("`site exchange` or `solid solution`")]
    points: Annotated[int, Key("candidates of the series")]
    fewest_orderings: Annotated[int, Key("that a mean is over")]
    complete: Annotated[bool, Key("whether all means are over all orderings")]
    model: Annotated[str | None, Key("the curve", none="where there is none")] = None
    linear_meV_formula_unit: Annotated[float | None, Key("a of a x + b x²", none="of a solid solution")] = None
    quadratic_meV_formula_unit: Annotated[float | None, Key("b of it", none="of a solid solution")] = None
    omega_meV_formula_unit: Annotated[float | None, Key("omega of omega x (1 - x)", none="of site exchange")] = None
    misfit_meV_formula_unit: Annotated[
        float | None, Key("largest distance of a point from the curve", none="where there is none")
    ] = None
    miscibility_temperature_K: Annotated[float | None, Key("above which everything mixes", none="of site exchange")] = (
        None
    )
    temperature_K: Annotated[float | None, Key("of the values below", none="where there is no curve")] = None
    equilibrium_degree: Annotated[float | None, Key("degree of exchange of lowest dG", none="of a solid solution")] = (
        None
    )
    solubility: Annotated[float | None, Key("end of the common tangent", none="of site exchange")] = None
    reason: Annotated[str, Key("why there is no curve")] = ""
