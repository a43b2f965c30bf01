"""Disorder against temperature: exact results of the regular solution and of independent exchange."""

from dataclasses import replace

import numpy as np
import pytest

from screening.constants import K_EV
from screening.stability.disorder import (
    RegularSolution,
    SiteExchange,
    fit_exchange,
    fit_regular_solution,
    mixing_entropy_k,
)
from screening.stability.series import Member, disorder_rows


@pytest.mark.parametrize("temperature", [50.0, 300.0, 900.0])
@pytest.mark.parametrize("energy", [0.2, 0.0, -0.1])
def test_independent_exchanges_follow_boltzmann(energy, temperature):
    """Without interaction each exchange is its own two-level system on two sites: x = 1/(1 + exp(a/2kT))."""
    found = SiteExchange(energy, 0.0, (1.0, 1.0), 0.0).equilibrium_degree(temperature)
    exact = 1 / (1 + np.exp(energy / (2 * K_EV * temperature)))
    assert found == pytest.approx(exact, rel=1e-4, abs=1e-7)


def test_sublattices_of_different_size_obey_the_law_of_mass_action():
    """x^2 s / ((1 - x)(n - x s)) = exp(-a/(s kT)) for s sites exchanged with n: the quasi-chemical constant."""
    t, a, s, n = 700.0, 0.15, 1.0, 3.0
    x = SiteExchange(a, 0.0, (n, s), 0.0).equilibrium_degree(t)
    assert x**2 * s / ((1 - x) * (n - x * s)) == pytest.approx(np.exp(-a / (s * K_EV * t)), rel=1e-4)


def test_two_minima_the_lower_one_counts():
    """Strong attraction of exchanges: half way costs, all the way pays, at low temperature."""
    exchange = SiteExchange(1.0, -1.1, (1.0, 1.0), 0.0)
    assert exchange.equilibrium_degree(100.0) > 0.99


def test_the_fit_gives_back_the_parabola_and_says_how_far_points_lie_off():
    x = np.array([0.25, 0.5, 0.75, 1.0])
    fit = fit_exchange(list(x), list(0.3 * x - 0.1 * x**2), (1, 1))
    assert (fit.linear_eV, fit.quadratic_eV) == pytest.approx((0.3, -0.1))
    assert fit.misfit_eV == pytest.approx(0, abs=1e-12)
    assert fit_exchange([0.5, 1.0, 0.5], [0.0, 0.0, 0.1], (1, 1)).misfit_eV == pytest.approx(0.05)
    with pytest.raises(ValueError, match="two or more"):
        fit_exchange([0.5, 0.5], [0.1, 0.1], (1, 1))


def test_regular_solution_mixes_above_omega_over_2R():
    """The published constant: omega = 20 kJ/mol falls apart below 20000/(2 x 8.314463) K."""
    solution = fit_regular_solution([0.5], [0.25 * 20000 / 96485.332], 1.0)
    assert solution.miscibility_temperature_K == pytest.approx(20000 / (2 * 8.314463), rel=1e-5)
    assert fit_regular_solution([0.5], [-0.01], 1.0).miscibility_temperature_K == 0


def test_two_crystals_that_face_each_other_are_no_solid_solution():
    """An interface lies between two parents as a mixture does, and mixes no site: there is nothing to dissolve."""
    interface = Member("i", "LiCl", "Li2ClBr", -1.0, 0.1, ("LiCl", "LiBr", 0.5), 0.0, None, 8.0)
    assert disorder_rows([interface], [300.0]) == []
    (row,) = disorder_rows([replace(interface, mixing_sites=1.0)], [300.0])
    assert row.kind == "solid solution"


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9, 0.999])
def test_the_common_tangent(fraction):
    """The lower convex hull of dG on a fine grid leaves the curve at the solubility."""
    solution = RegularSolution(0.12, 2.0, 0.0)
    t = fraction * solution.miscibility_temperature_K
    x = solution.solubility(t)
    grid = np.linspace(0, 1, 200_001)
    gibbs = 0.12 * grid * (1 - grid) - 2.0 * K_EV * t * mixing_entropy_k(grid)
    # By symmetry the tangent is horizontal: its ends are the two minima.
    assert x == pytest.approx(grid[np.argmin(gibbs[:100_001])], abs=6e-6)
    assert solution.solubility(1.001 * solution.miscibility_temperature_K) == 0.5


def test_entropy_is_that_of_the_candidates():
    """A rule that exchanges half of four with half of eight sites has this entropy in its decoration."""
    from pymatgen.core import Lattice

    from screening.candidates.decoration import Decoration, Sublattice

    lattices = (
        Sublattice("a", tuple(range(4)), (("S", 2), ("Cl", 2))),
        Sublattice("b", tuple(range(4, 12)), (("S", 2), ("Cl", 6))),
    )
    decoration = Decoration(Lattice.cubic(9), np.zeros((12, 3)), ("S",) * 12, lattices, {})
    found = SiteExchange(0, 0, (1.0, 2.0), 0).entropy_k(np.array([0.5]))
    assert float(found[0]) == pytest.approx(decoration.ideal_entropy() / 4)


def test_the_entropy_of_an_exchange_on_sites_that_are_mixed_already():
    """Li5.5PS4.5Cl1.5: half of the free S is Cl, then a quarter is exchanged; both sites hold S1 Cl3 of four then."""
    mixed = SiteExchange(0.0, 0.0, (1.0, 1.0), 0.0, ({"S": 0.5, "Cl": 0.5}, {"Cl": 1.0}))
    before, after = mixed.entropy_k(np.array([0.0, 0.25]))
    assert before == pytest.approx(np.log(2))
    assert after == pytest.approx(-2 * (0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
    assert mixed.largest_degree == 0.5
    # Without a preference both sites become alike.
    assert mixed.equilibrium_degree(300) == pytest.approx(0.25, abs=1e-3)
    pure = SiteExchange(0.1, -0.02, (1.0, 2.0), 0.0, ({"S": 1.0}, {"Cl": 2.0}))
    x = np.linspace(0, 1, 7)
    assert pure.entropy_k(x) == pytest.approx(SiteExchange(0.1, -0.02, (1.0, 2.0), 0.0).entropy_k(x))
