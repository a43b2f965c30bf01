"""Candidates that differ in one degree of disorder only, and the disorder that equilibrium asks for in each series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from screening.candidates.record import Exchange
from screening.stability.disorder import SiteExchange, fit_exchange, fit_regular_solution
from screening.stability.rows import DisorderRow


@dataclass(frozen=True)
class Member:
    """A relaxed candidate or end member as a point of a series.

    Attributes:
        name: Id.
        parent: Id of the parent.
        composition: Formula of one parent formula unit.
        energy_eV: Mean over its orderings, weighted with their degeneracies, per parent formula unit.
        enthalpy_eV: The same above the references of its mixing enthalpy, None if it has none.
        ends: The two end members it lies between with the second one's share of the formula units; None otherwise.
        mixing_sites: Per formula unit.
        exchange: As in candidate.json; None without site exchange.
        formula_units: In the cell.
        orderings: How many the mean is over.
        complete: Whether these are all there are; otherwise the mean is over those of lowest Ewald energy, or a sample.
    """

    name: str
    parent: str
    composition: str
    energy_eV: float
    enthalpy_eV: float | None
    ends: tuple[str, str, float] | None
    mixing_sites: float
    exchange: Exchange | None
    formula_units: float
    orderings: int = 1
    complete: bool = True


def disorder_rows(
    members: Sequence[Member], temperatures_K: Sequence[float], synthesis_K: Sequence[float] = ()
) -> list[DisorderRow]:
    """The table of equilibrium disorder: one row per series and temperature, one with the reason where there is none.

    A series of site exchange is all degrees of one exchange in one parent at one composition; a solid solution is all
    candidates between the same two end members on the same number of mixing sites.

    Args:
        members: Of all series.
        temperatures_K: Of the rows.
        synthesis_K: Of further rows of site exchange.
    """
    further = [*temperatures_K, *(t for t in synthesis_K if t not in temperatures_K)]
    return [
        *(row for series in exchange_series(members) for row in _exchange_rows(series, members, further)),
        *(row for series in _grouped(members, _solution_key) for row in _solution_rows(series, temperatures_K)),
    ]


def exchange_series(members: Iterable[Member]) -> list[list[Member]]:
    """Members with a site exchange, all degrees of one together."""
    return _grouped(members, _exchange_key)


def unexchanged(series: Sequence[Member], members: Iterable[Member]) -> list[Member]:
    """Members that are what a series of site exchange is without it."""
    first = series[0]
    alike = (first.parent, first.composition)
    return [m for m in members if (m.parent, m.composition) == alike and m.exchange is None]


def exchange_fit(series: Sequence[Member], members: Iterable[Member]) -> SiteExchange | str:
    """The curve through a series of site exchange, or why there is none."""
    first = series[0]
    assert first.exchange is not None
    zero = [m.energy_eV for m in unexchanged(series, members)]
    if not zero:
        return f"{first.composition} without exchange is not among the candidates; add its rule"
    degrees = [m.exchange.degree for m in series if m.exchange is not None]
    if len(set(degrees)) < 2:
        return f"only the degree {degrees[0]:g} is among the candidates; add a second one"
    small, large = (n / first.formula_units for n in sorted(first.exchange.sites))
    return fit_exchange(degrees, [m.energy_eV - min(zero) for m in series], (small, large), _held(first))


def _grouped(members: Iterable[Member], key: Any) -> list[list[Member]]:
    groups: dict[Any, list[Member]] = {}
    for member in members:
        if key(member) is not None:
            groups.setdefault(key(member), []).append(member)
    return list(groups.values())


def _row_of(series: list[Member], name: str, kind: str) -> DisorderRow:
    """What is known of a series before there is a curve: what the means are over."""
    return DisorderRow(
        series=name,
        kind=kind,
        points=len(series),
        fewest_orderings=min(m.orderings for m in series),
        complete=all(m.complete for m in series),
    )


def _exchange_key(member: Member) -> tuple[Any, ...] | None:
    if member.exchange is None:
        return None
    return (member.parent, member.composition, *member.exchange.between)


def _solution_key(member: Member) -> tuple[Any, ...] | None:
    # Without a site that is mixed, two crystals face each other: an interface is no solid solution.
    if member.ends is None or member.exchange is not None or not member.mixing_sites:
        return None
    return (member.parent, *member.ends[:2], round(member.mixing_sites, 6))


def _exchange_rows(series: list[Member], members: Sequence[Member], temperatures: Sequence[float]) -> list[DisorderRow]:
    first = series[0]
    assert first.exchange is not None
    name = f"{first.composition} of {first.parent}: {' with '.join(first.exchange.between)}"
    named = _row_of(series, name, "site exchange")
    fit = exchange_fit(series, members)
    if isinstance(fit, str):
        return [replace(named, reason=fit)]
    known = replace(
        named,
        model="a x + b x^2 - T S_ideal(x)",
        linear_meV_formula_unit=1000 * fit.linear_eV,
        quadratic_meV_formula_unit=1000 * fit.quadratic_eV,
        misfit_meV_formula_unit=1000 * fit.misfit_eV,
    )
    return [replace(known, temperature_K=t, equilibrium_degree=fit.equilibrium_degree(t)) for t in temperatures]


def _held(member: Member) -> tuple[dict[str, float], dict[str, float]] | None:
    """What its exchanged sublattices held before, per formula unit; None where each held one species."""
    held = None if member.exchange is None else member.exchange.held
    if held is None:
        return None
    one, other = ({species: n / member.formula_units for species, n in own.items()} for own in held)
    return one, other


def _solution_rows(series: list[Member], temperatures: Sequence[float]) -> list[DisorderRow]:
    first = series[0]
    assert first.ends is not None
    points = [(m.ends[2], m.enthalpy_eV) for m in series if m.ends is not None and m.enthalpy_eV is not None]
    fit = fit_regular_solution([x for x, _ in points], [h for _, h in points], first.mixing_sites)
    known = replace(
        _row_of(series, f"{first.ends[0]} with {first.ends[1]}", "solid solution"),
        model="omega x (1 - x) - T S_ideal(x)",
        omega_meV_formula_unit=1000 * fit.omega_eV,
        misfit_meV_formula_unit=1000 * fit.misfit_eV,
        miscibility_temperature_K=fit.miscibility_temperature_K,
    )
    return [replace(known, temperature_K=t, solubility=fit.solubility(t)) for t in temperatures]
