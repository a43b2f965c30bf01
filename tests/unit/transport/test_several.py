"""More than one mobile species: each one's exact D, the framework is what is left, and what all ions carry together."""

from dataclasses import replace

import numpy as np
import pytest

from screening.config.transport import TransportConfig
from screening.trajectories.trajectory import Trajectory
from screening.transport.analysis import analyse_temperature
from screening.transport.several import analyse_species
from tests.walks import CELL, brownian, rattling_framework

N, IONS = 1500, 30
STEP = {"Li": 0.4, "Na": 0.25}
#: sigma^2 / (2 dt), dt = 0.1 ps, in cm2/s.
EXACT = {name: step**2 / 0.2 * 1e-4 for name, step in STEP.items()}
BOTH = {"Li": 1.0, "Na": 1.0}


@pytest.fixture
def conductor(rng):
    """Li and Na that walk independently through S that rests but for vibration; all drift together."""
    drift = 0.01 * np.arange(N)[:, None, None]
    parts = [brownian(rng, N, IONS, (step,) * 3) for step in STEP.values()] + [rattling_framework(rng, N)]
    positions = np.concatenate(parts, axis=1) + drift
    symbols = ("Li",) * IONS + ("Na",) * IONS + ("S",) * parts[-1].shape[1]
    return Trajectory(symbols, positions, np.eye(3) * CELL, 100.0)


def analyse(trajectory, charges):
    return analyse_species([trajectory], charges, temperature_K=600.0, settings=TransportConfig())


@pytest.mark.parametrize("charges", [BOTH, dict(reversed(BOTH.items()))])
def test_each_species_has_its_own_diffusivity(conductor, charges):
    record = analyse(conductor, charges)
    first, second = charges
    found = {first: record, second: record.also_mobile[second]}
    assert record.mobile == first
    for name, own in found.items():
        assert own.verdict == "resolved", own.reason
        assert list(own.framework_elements) == ["S"]
        assert abs(own.tracer_diffusivity_cm2_s - EXACT[name]) < 3 * own.tracer_diffusivity_error_cm2_s


@pytest.mark.parametrize(("mobile", "other"), [("Li", "Na"), ("Na", "Li")])
def test_a_species_that_was_not_named_is_told_as_such(conductor, mobile, other):
    record = analyse(conductor, {mobile: 1.0})
    assert record.verdict == "another_species_moves"
    assert f"another species than {mobile} moves: {other} with" in record.reason
    assert "while the framework of S is stable" in record.reason
    assert record.tracer_diffusivity_cm2_s is None


def test_what_is_named_as_the_framework_is_it(conductor):
    """Na neither mobile nor framework: Li's diffusivity refers to S."""
    record = analyse(replace(conductor, framework=frozenset({"S"})), {"Li": 1.0})
    assert record.verdict == "resolved", record.reason
    assert list(record.framework_elements) == ["S"]
    assert record.also_mobile is None


def test_a_framework_without_rest_is_molten(conductor):
    ions = Trajectory(conductor.symbols[: 2 * IONS], conductor.positions[:, : 2 * IONS], conductor.cells, 100.0)
    assert analyse(ions, {"Li": 1.0}).verdict == "melted"


def test_one_species_is_as_before(conductor):
    alone = [k for k, symbol in enumerate(conductor.symbols) if symbol != "Na"]
    trajectory = Trajectory(
        tuple(conductor.symbols[k] for k in alone), conductor.positions[:, alone], conductor.cells, 100.0
    )
    record = analyse(trajectory, {"Li": 1.0})
    plain = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=600.0, settings=TransportConfig())
    assert record.as_json() == plain.as_json()


def nernst_einstein(charges):
    """Sum of n q^2 D / (V k T) in mS/cm, by hand."""
    density_m3 = IONS / (CELL * 1e-10) ** 3
    per_ion = 1.602176634e-19**2 / (1.380649e-23 * 600.0)
    return sum(density_m3 * q**2 * EXACT[name] * 1e-4 * per_ion for name, q in charges.items()) * 10.0


@pytest.mark.slow
@pytest.mark.parametrize("charges", [BOTH, {"Li": 1.0, "Na": 2.0}])
def test_independent_ions_carry_the_sum(rng, charges):
    """Many short runs, since all ions are one walker: mean and scatter of the conductivity against the exact one."""
    values, estimates = [], []
    for _ in range(12):
        parts = [brownian(rng, N, IONS, (step,) * 3) for step in STEP.values()] + [rattling_framework(rng, N)]
        symbols = ("Li",) * IONS + ("Na",) * IONS + ("S",) * parts[-1].shape[1]
        together = analyse(
            Trajectory(symbols, np.concatenate(parts, axis=1), np.eye(3) * CELL, 100.0), charges
        ).all_ions
        estimates.append(together.conductivity_nernst_einstein_mS_cm)
        values.append(together.conductivity_collective_mS_cm)
    assert np.mean(estimates) == pytest.approx(nernst_einstein(charges), rel=0.05)
    known = [value for value in values if value is not None]
    error = np.std(known, ddof=1) / len(known) ** 0.5
    assert abs(np.mean(known) - nernst_einstein(charges)) < 3 * error


@pytest.mark.parametrize("seed", range(4))
def test_ions_that_move_as_pairs_carry_nothing(seed):
    """Whose MSD stays where it is: chance alone makes it rise or fall."""
    rng = np.random.default_rng(seed)
    walk = brownian(rng, N, IONS, (0.4,) * 3)
    near = walk + rng.normal(scale=0.1, size=walk.shape)
    parts = [walk, near, rattling_framework(rng, N)]
    symbols = ("Li",) * IONS + ("F",) * IONS + ("S",) * parts[-1].shape[1]
    record = analyse(
        Trajectory(symbols, np.concatenate(parts, axis=1), np.eye(3) * CELL, 100.0), {"Li": 1.0, "F": -1.0}
    )
    assert record.also_mobile["F"].tracer_diffusivity_cm2_s == pytest.approx(record.tracer_diffusivity_cm2_s, rel=0.05)
    together = record.all_ions
    assert together.conductivity_nernst_einstein_mS_cm > 0
    assert together.conductivity_collective_mS_cm is None
    assert "relative error" in together.reason


def test_nothing_is_said_of_all_ions_where_one_species_is_not_resolved(conductor):
    still = conductor.positions.copy()
    still[:, IONS : 2 * IONS] = still[:1, IONS : 2 * IONS] + 0.01 * np.arange(N)[:, None, None]
    record = analyse(Trajectory(conductor.symbols, still, conductor.cells, 100.0), BOTH)
    assert record.verdict == "resolved", record.reason
    assert record.all_ions.reason == "Na not resolved"
