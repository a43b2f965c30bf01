"""Lattice models whose transport is known exactly, through the whole chain of sites, jumps and MSD."""

import numpy as np
import pytest

from screening.config.transport import TransportConfig
from screening.constants import K_EV
from screening.local.hops import (
    correlation_factor,
    find_jumps,
    hop_distance,
    hop_rate,
    jump_diffusivity,
    residence_times,
    share_that_jumps,
)
from screening.local.record import Measured
from screening.local.sites import Sites, energy_overlap, occupation, site_energies
from screening.transport import analyse_temperature
from tests.lattice import EDGE, lattice, lone_walkers, vacancy_walk


def analyse(trajectory, hop):
    settings = TransportConfig(equilibration_fraction=0.0, hop_distance_A=hop)
    return analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=settings)


def jumps_of(trajectory, fractional):
    sites = Sites(fractional, ("site",) * len(fractional))
    return find_jumps(occupation(trajectory, "Li", sites))


def tracer(record):
    return Measured(record.tracer_diffusivity_cm2_s * 1e4, record.tracer_diffusivity_error_cm2_s * 1e4)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size", "factor"), [("sc", 5, 0.6531), ("bcc", 4, 0.7272), ("fcc", 4, 0.7815)])
def test_vacancy_diffusion_has_the_lattices_correlation_factor(rng, name, size, factor):
    """Textbook values (Compaan and Haven, Trans. Faraday Soc. 52, 786 (1956)); the Haven ratio equals f."""
    n_steps = 30000
    trajectory, fractional = vacancy_walk(rng, name, size, n_steps)
    distance = {"sc": 1.0, "bcc": np.sqrt(0.75), "fcc": np.sqrt(0.5)}[name] * EDGE
    record = analyse(trajectory, distance)
    assert record.verdict == "resolved", record.reason
    jumps = jumps_of(trajectory, fractional)
    assert len(jumps.ion) == n_steps
    assert hop_distance([jumps]).value == pytest.approx(distance, rel=1e-4)
    random_walk = jump_diffusivity([jumps])
    # One jump a frame among all ions.
    n_ions = len(fractional) - 1
    assert random_walk.value == pytest.approx(distance**2 / (6 * n_ions * 0.1), rel=1e-4)
    found = correlation_factor(tracer(record), random_walk)
    assert found.error < 0.04
    assert abs(found.value - factor) < max(3 * found.error, 0.01)
    assert abs(record.haven_ratio - factor) < 3 * record.haven_ratio_error
    assert record.haven_ratio < 1.0


def test_lone_interstitials_are_uncorrelated(rng):
    trajectory, fractional = lone_walkers(rng, "sc", 5, 60, 4000, 0.2)
    record = analyse(trajectory, EDGE)
    jumps = jumps_of(trajectory, fractional)
    rate = hop_rate([jumps])
    assert abs(rate.value - 2.0) < 3 * rate.error
    factor = correlation_factor(tracer(record), jump_diffusivity([jumps]))
    assert abs(factor.value - 1.0) < 3 * factor.error
    assert factor.error < 0.06
    assert abs(record.haven_ratio - 1.0) < 3 * record.haven_ratio_error
    assert share_that_jumps([jumps]) == 1.0
    stay = residence_times([occupation(trajectory, "Li", Sites(fractional, ("site",) * len(fractional)))])["site"]
    assert abs(stay.value - 0.5) < 3 * stay.error


@pytest.mark.parametrize("axes", [1, 2])
def test_walks_in_lines_and_layers(rng, axes):
    trajectory, fractional = lone_walkers(rng, "sc", 5, 60, 4000, 0.3, axes=axes)
    record = analyse(trajectory, EDGE)
    assert record.dimensionality == axes
    # One of six moves in each direction is allowed: Gamma = 0.3 * axes / 3 a frame.
    truth = 0.3 * axes / 3 / 0.1 * EDGE**2 / 6 * 1e-4
    assert abs(record.tracer_diffusivity_cm2_s - truth) < 3 * record.tracer_diffusivity_error_cm2_s
    factor = correlation_factor(tracer(record), jump_diffusivity([jumps_of(trajectory, fractional)]))
    assert abs(factor.value - 1.0) < 3 * factor.error


def test_site_energies_of_a_biased_lattice(rng):
    sites, *_ = lattice("bcc", 4)
    deep = np.arange(len(sites)) % 2 == 0
    energies = np.where(deep, 0.0, 0.08)
    trajectory, fractional = lone_walkers(rng, "bcc", 4, 100, 6000, 0.5, energies=energies, kT=K_EV * 600.0)
    kinds = tuple("deep" if d else "high" for d in deep)
    occupied = occupation(trajectory, "Li", Sites(fractional, kinds))
    found = site_energies([occupied], 600.0)
    difference = found.energy_eV[~deep].mean() - found.energy_eV[deep].mean()
    error = np.hypot(
        np.sqrt((found.error_eV[~deep] ** 2).sum()) / (~deep).sum(),
        np.sqrt((found.error_eV[deep] ** 2).sum()) / deep.sum(),
    )
    assert abs(difference - 0.08) < max(3 * error, 0.002)
    assert error < 0.005
    # Residence times stand in the same ratio as the Boltzmann factors.
    stay = residence_times([occupied])
    assert stay["deep"].value / stay["high"].value == pytest.approx(np.exp(0.08 / (K_EV * 600)), rel=0.05)
    assert energy_overlap(found.energy_eV[deep], found.energy_eV[~deep], 600.0) < 0.6
    assert energy_overlap(found.energy_eV[deep], found.energy_eV[deep], 600.0) == pytest.approx(1.0, abs=0.01)


def test_recrossings_are_not_jumps(rng):
    """An ion that rattles across the middle between two sites has no jumps once short visits are filtered."""
    sites, _, _, cell = lattice("sc", 5)
    fractional = sites @ np.linalg.inv(cell)
    middle = sites[0] + np.array([EDGE / 2 - 0.3, 0, 0])
    path = middle + rng.normal(scale=0.3, size=(2000, 1, 3))
    path[1000:, :, 0] += EDGE - 0.6
    from tests.walks import make

    trajectory = make(path, cells=cell)
    raw = find_jumps(occupation(trajectory, "Li", Sites(fractional, ("s",) * len(fractional))))
    assert len(raw.ion) > 100
    kept = find_jumps(occupation(trajectory, "Li", Sites(fractional, ("s",) * len(fractional)), min_residence_ps=1.0))
    assert len(kept.ion) == 1
    assert kept.target[0] != kept.origin[0]


def test_jumps_within_and_between_cages():
    """Sites 1 and 9 A apart from the faces: two in each cage, cages 10 A apart, also across the boundary."""
    cell = np.diag([20.0, 10.0, 10.0])
    fractional = np.array([[0.2, 0.5, 0.5], [0.3, 0.5, 0.5], [0.7, 0.5, 0.5], [0.8, 0.5, 0.5]])
    sites = Sites(fractional, ("a", "b", "a", "b"), cages=np.array([[0.25, 0.5, 0.5], [0.75, 0.5, 0.5]]))
    stops = np.array([0.2, 0.3, 0.7, 0.8, 1.2, 1.3, 0.3 + 1.0, 0.2 + 1.0])
    path = np.repeat(np.array([[x * 20.0, 5.0, 5.0] for x in stops]), 5, axis=0)[:, None, :]
    from tests.walks import make

    jumps = find_jumps(occupation(make(path, cells=cell), "Li", sites))
    assert jumps.within_cage.tolist() == [True, False, True, False, True, True]
    np.testing.assert_allclose(np.linalg.norm(jumps.vector, axis=1), [2, 8, 2, 8, 2, 2], rtol=1e-9)
