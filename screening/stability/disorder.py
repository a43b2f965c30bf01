"""How much disorder equilibrium asks for: site exchange against temperature, and where a solid solution falls apart.

Both minimise dG(x) = dH(x) - T dS(x) in the mean field of Bragg and Williams (Proc. R. Soc. A 145, 699 (1934)): dH is a
smooth function through the computed points, dS the ideal entropy of the sublattices; short-range order and vibrations
are left out. The regular solution is in every textbook (Porter, Easterling, Phase Transformations, ch. 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from screening.constants import K_EV

# Degrees at which the lowest Gibbs energy is looked for before it is refined: there can be two minima.
GRID = np.linspace(0.0, 1.0, 2001)


def mixing_entropy_k(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ideal entropy of two species at shares x and 1 - x, in k per site."""
    inside = np.clip(x, np.finfo(float).tiny, 1.0)
    other = np.clip(1.0 - x, np.finfo(float).tiny, 1.0)
    return -(x * np.log(inside) + (1.0 - x) * np.log(other))


@dataclass(frozen=True)
class SiteExchange:
    """Two species exchanged between two sublattices, dH(x) = a x + b x^2.

    Attributes:
        linear_eV: a, energy of the first exchanges, per formula unit at degree 1.
        quadratic_eV: b, what exchanges do to each other, per formula unit.
        sites: Sites of the two sublattices per formula unit; x is the share exchanged of the smaller one.
        misfit_eV: Largest distance of a computed point from the curve, per formula unit.
        held: What the two sublattices hold before the exchange, per formula unit, the exchanged species of each first;
            None where each holds nothing else.
    """

    linear_eV: float
    quadratic_eV: float
    sites: tuple[float, float]
    misfit_eV: float
    held: tuple[dict[str, float], dict[str, float]] | None = None

    def enthalpy_eV(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """dH in eV per formula unit, relative to no exchange."""
        return self.linear_eV * x + self.quadratic_eV * x**2

    def entropy_k(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Ideal entropy of both sublattices in k per formula unit."""
        small = min(self.sites)
        total = np.zeros_like(x)
        if self.held is not None:
            own, other = (next(iter(held)) for held in self.held)
            for held, gone, come in ((self.held[0], own, other), (self.held[1], other, own)):
                size = sum(held.values())
                for species in {*held, come}:
                    moved = small * x * (float(species == come) - float(species == gone))
                    share = np.clip((held.get(species, 0.0) + moved) / size, np.finfo(float).tiny, 1.0)
                    total = total - size * share * np.log(share)
            return total
        for n in self.sites:
            total = total + n * mixing_entropy_k(x * small / n)
        return total

    @property
    def largest_degree(self) -> float:
        """At which one of the sublattices has no more to give."""
        if self.held is None:
            return 1.0
        return min(1.0, *(next(iter(held.values())) / min(self.sites) for held in self.held))

    def equilibrium_degree(self, temperature_K: float) -> float:
        """The degree of exchange of lowest Gibbs energy, 0 to 1.

        Raises:
            ValueError: a temperature that is not positive.
        """
        if temperature_K <= 0:
            raise ValueError("equilibrium needs a positive temperature")

        def gibbs(x: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(self.enthalpy_eV(x) - K_EV * temperature_K * self.entropy_k(x))

        grid = GRID * self.largest_degree
        k = int(np.argmin(gibbs(grid)))
        low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, len(grid) - 1)])
        found = minimize_scalar(
            lambda x: float(gibbs(np.array([x]))[0]), bounds=(low, high), method="bounded", options={"xatol": 1e-10}
        )
        return float(found.x)


def fit_exchange(
    degrees: Sequence[float],
    enthalpies_eV: Sequence[float],
    sites: tuple[float, float],
    held: tuple[dict[str, float], dict[str, float]] | None = None,
) -> SiteExchange:
    """Least squares of dH(x) = a x + b x^2 through the computed points.

    Args:
        degrees: Above 0, at least two different ones, (n,).
        enthalpies_eV: Per formula unit, relative to degree 0, (n,).
        sites: Of the two sublattices per formula unit.
        held: As in `SiteExchange`.

    Raises:
        ValueError: fewer than two different degrees, or one outside 0 to 1.
    """
    x, y = np.asarray(degrees, dtype=float), np.asarray(enthalpies_eV, dtype=float)
    if len(set(degrees)) < 2 or (x <= 0).any() or (x > 1).any():
        raise ValueError("site exchange needs two or more different degrees above 0 and up to 1")
    design = np.column_stack([x, x**2])
    (a, b), *_ = np.linalg.lstsq(design, y, rcond=None)
    return SiteExchange(float(a), float(b), sites, float(np.abs(design @ np.array([a, b]) - y).max()), held)


@dataclass(frozen=True)
class RegularSolution:
    """Two end members mixed on one set of sites, dH(x) = omega x (1 - x).

    Attributes:
        omega_eV: Interaction, per formula unit.
        sites: Mixing sites per formula unit.
        misfit_eV: Largest distance of a computed point from the curve, per formula unit.
    """

    omega_eV: float
    sites: float
    misfit_eV: float

    @property
    def miscibility_temperature_K(self) -> float:
        """omega / (2 k sites): all compositions mix above it; 0 where mixing costs nothing."""
        return max(0.0, float(self.omega_eV / (2 * K_EV * self.sites)))

    def solubility(self, temperature_K: float) -> float:
        """Largest share x <= 0.5 of one end member that dissolves in the other: the common tangent's end.

        It solves omega (1 - 2x) + sites k T ln(x / (1 - x)) = 0; 0.5 (no limit) at and above the miscibility
        temperature.

        Raises:
            ValueError: a temperature that is not positive.
        """
        if temperature_K <= 0:
            raise ValueError("solubility needs a positive temperature")
        if temperature_K >= self.miscibility_temperature_K:
            return 0.5
        ratio = self.omega_eV / (self.sites * K_EV * temperature_K)
        # In u = ln(x / (1 - x)), where small solubilities are far from zero; the root lies between -ratio and 0.
        u = brentq(lambda u: ratio * np.tanh(-u / 2) + u, -ratio, -1e-9 * ratio)
        return float(1 / (1 + np.exp(-u)))


def fit_regular_solution(shares: Sequence[float], enthalpies_eV: Sequence[float], sites: float) -> RegularSolution:
    """Least squares of dH(x) = omega x (1 - x) through the computed points.

    Args:
        shares: Of the second end member, between 0 and 1, at least one, (n,).
        enthalpies_eV: Mixing enthalpy per formula unit, (n,).
        sites: Mixing sites per formula unit.

    Raises:
        ValueError: no point, or one at or beyond an end.
    """
    x, y = np.asarray(shares, dtype=float), np.asarray(enthalpies_eV, dtype=float)
    if not len(x) or (x <= 0).any() or (x >= 1).any():
        raise ValueError("a regular solution needs points between its end members")
    basis = x * (1 - x)
    omega = float(basis @ y / (basis @ basis))
    return RegularSolution(omega, sites, float(np.abs(omega * basis - y).max()))
