"""Vibrations, surroundings, rotation, van Hove functions, NMR and the hopping formula, against known answers."""

import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation as Turn

from screening.config.transport import LocalPictureConfig
from screening.constants import K_EV
from screening.errors import StageError
from screening.local import local_picture
from screening.local.hopping_formula import HoppingVariables, activation_entropy, conductivity
from screening.local.nmr import JumpRateLaw, product_at_minimum, relaxation_rate_shape, t1_minimum
from screening.local.record import Measured
from screening.local.rotation import rotation
from screening.local.sites import Sites
from screening.local.surroundings import anion_labels, anion_shares, pair_distribution
from screening.local.van_hove import van_hove_distinct, van_hove_self
from screening.local.vibration import vibration_spectrum
from screening.trajectories.trajectory import Trajectory
from screening.transport.conductivity import to_conductivity
from tests.lattice import EDGE, lone_walkers
from tests.walks import brownian, make, rattling_framework


def oscillators(rng, n_frames, interval_fs, frequencies_THz):
    """Ions on independent harmonic oscillators in each direction."""
    time = np.arange(n_frames) * interval_fs / 1000.0
    phase = rng.uniform(0, 2 * np.pi, size=(len(frequencies_THz), 3))
    angle = 2 * np.pi * np.multiply.outer(time, np.array(frequencies_THz))[..., None] + phase
    return make(5.0 + 0.2 * np.cos(angle), interval_fs=interval_fs)


@pytest.mark.parametrize("frequency", [3.0, 8.0, 15.0])
def test_attempt_frequency_of_a_harmonic_oscillator(rng, frequency):
    found = vibration_spectrum([oscillators(rng, 2000, 10.0, [frequency] * 4)], "Li")
    assert found.attempt_frequency_THz.value == pytest.approx(frequency, rel=0.01)
    step = found.frequency_THz[1] - found.frequency_THz[0]
    assert found.power.sum() * step == pytest.approx(1.0)
    assert abs(found.frequency_THz[np.argmax(found.power)] - frequency) <= step


def test_attempt_frequency_is_the_mean_over_ions_and_frames_too_far_apart_are_refused(rng):
    mixed = vibration_spectrum([oscillators(rng, 2000, 10.0, [5.0, 10.0])], "Li")
    # Velocity power goes as frequency squared at equal amplitude: (5 * 25 + 10 * 100) / 125.
    assert mixed.attempt_frequency_THz.value == pytest.approx(9.0, rel=0.01)
    sparse = vibration_spectrum([oscillators(rng, 2000, 60.0, [7.9] * 3)], "Li")
    assert sparse.attempt_frequency_THz is None
    assert "more often" in sparse.reason
    short = vibration_spectrum([oscillators(rng, 20, 10.0, [5.0])], "Li")
    assert short.attempt_frequency_THz is None


def test_pair_distribution_of_a_crystal_and_of_a_gas(rng):
    framework = rattling_framework(rng, 60, 0.05)
    ions = framework[:, :8] + np.array([2.5, 0.0, 0.0]) + rng.normal(scale=0.05, size=(60, 8, 3))
    trajectory = make(ions, framework=framework)
    pair = pair_distribution([trajectory], "Li", trajectory.indices("O"), range_A=7.0)
    # Halfway along an edge: two neighbours at 2.5 A.
    assert pair.first_shell_coordination.value == pytest.approx(2.0)
    assert pair.r_A[np.argmax(pair.g)] == pytest.approx(2.5, abs=0.15)
    gas = make(rng.uniform(0, 20, size=(200, 60, 3)))
    own = pair_distribution([gas], "Li", gas.indices("Li"), range_A=7.0, n_bins=20)
    np.testing.assert_allclose(own.g[4:], 59 / 60, rtol=0.08)
    assert own.coordination[-1] == pytest.approx(59 / 8000 * 4 / 3 * np.pi * 343, rel=0.03)
    with pytest.raises(StageError):
        pair_distribution([gas], "Li", gas.indices("O"))


def test_van_hove_functions(rng):
    trajectory = make(brownian(rng, 600, 40))
    edges = np.linspace(0, 9.0, 31)
    centres = 0.5 * (edges[1:] + edges[:-1])
    found = van_hove_self(trajectory, "Li", 1.0, edges)
    variance = 10 * 0.25
    expected = np.sqrt(2 / np.pi) * centres**2 / variance**1.5 * np.exp(-(centres**2) / (2 * variance))
    np.testing.assert_allclose(found, expected, atol=0.02)
    distinct = van_hove_distinct(trajectory, "Li", 1.0, edges)
    np.testing.assert_allclose(distinct[6:].mean(), 1.0, rtol=0.05)
    still = make(np.repeat(rng.uniform(0, 20, (1, 20, 3)), 50, axis=0))
    assert van_hove_distinct(still, "Li", 1.0, edges)[0] == 0.0
    with pytest.raises(StageError, match="does not fit"):
        van_hove_self(trajectory, "Li", 1e4, edges)


def test_one_ion_taking_anothers_place_shows_in_the_distinct_function():
    stops = np.array([[[2.0, 2, 2], [8.0, 2, 2]]] * 10 + [[[8.0, 2, 2], [14.0, 2, 2]]] * 10)
    edges = np.array([0.0, 1.0, 2.0])
    assert van_hove_distinct(make(stops), "Li", 1.0, edges)[0] > 0.0
    assert van_hove_distinct(make(stops), "Li", 0.0, edges)[0] == 0.0


def tetrahedra(rng, n_frames, turning):
    """Eight PS4 groups and one free S, with or without tumbling."""
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3) * 2.05
    centres = np.stack(np.meshgrid(*[[5.0, 15.0]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    frames = []
    turns = np.repeat(np.eye(3)[None], 8, axis=0)
    for _ in range(n_frames):
        if turning:
            turns = turns @ Turn.from_rotvec(rng.normal(scale=0.1, size=(8, 3))).as_matrix()
        outer = (centres[:, None] + corners @ turns).reshape(-1, 3)
        frames.append(np.concatenate([centres, outer, [[10.0, 10.0, 10.0]]]))
    positions = np.array(frames)
    symbols = ("P",) * 8 + ("S",) * 33
    return symbols, positions + rng.normal(scale=0.02, size=positions.shape)


@pytest.mark.parametrize("turning", [False, True])
def test_rotation_of_groups(rng, turning):
    symbols, positions = tetrahedra(rng, 1000, turning)
    # Atoms stored in another image than their group's centre must make no difference.
    positions[:, 8] += np.array([20.0, 0.0, -20.0])
    found = rotation([Trajectory(symbols, positions, np.eye(3) * 20.0, 100.0)])
    assert found.n_bonds == 32
    assert found.first[0] == pytest.approx(1.0)
    assert found.second[0] == pytest.approx(1.0)
    if turning:
        assert 0.1 < found.relaxation_ps < 20.0
        # Rotational diffusion: <P1> = exp(-2 D t), <P2> = exp(-6 D t), so their times stand as 3 to 1.
        lag = int(found.relaxation_ps / 0.1)
        assert found.first[lag] == pytest.approx(np.exp(-1 / 3), abs=0.1)
    else:
        assert found.relaxation_ps is None
        assert found.second[-1] > 0.99


@pytest.mark.slow
def test_errors_of_rotation_are_those_of_repeated_runs():
    found = []
    for seed in range(30):
        symbols, positions = tetrahedra(np.random.default_rng(seed), 600, turning=True)
        found.append(rotation([Trajectory(symbols, positions, np.eye(3) * 20.0, 100.0)]))
    lag = int(found[0].relaxation_ps / 0.1)
    for value, error in (
        ([one.first[lag] for one in found], [one.first_error[lag] for one in found]),
        ([one.second[lag] for one in found], [one.second_error[lag] for one in found]),
        ([one.relaxation_ps for one in found], [one.relaxation_error_ps for one in found]),
    ):
        # Scatter of 30 is known to an eighth.
        assert np.sqrt(np.mean(np.square(error))) == pytest.approx(np.std(value, ddof=1), rel=0.35)
    # One group has a curve and no error.
    lone = rotation([Trajectory(("P",) + ("S",) * 4, positions[:, [0, 8, 9, 10, 11]], np.eye(3) * 20.0, 100.0)])
    assert (lone.n_bonds, lone.first_error, lone.relaxation_error_ps) == (4, None, None)


def test_no_groups_no_rotation(rng):
    assert rotation([make(brownian(rng, 50, 3), framework=rattling_framework(rng, 50))]) is None


def test_anions_are_told_apart_and_their_hold_is_measured(rng):
    symbols, framework = tetrahedra(rng, 400, False)
    free = framework[:, -1:]
    path = free + np.array([2.4, 0, 0])
    path[300:] = framework[300:, 9:10] + np.array([0.5, 0.5, 2.0])
    whole = Trajectory(("Li", *symbols), np.concatenate([path, framework], axis=1), np.eye(3) * 20.0, 100.0)
    labels = anion_labels(whole, "Li")
    assert sorted(set(labels.values())) == ["S", "S(P)"]
    assert list(labels.values()).count("S") == 1
    shares = anion_shares([whole], "Li", labels)
    assert shares["S"].time_share == pytest.approx(0.75)
    assert shares["S"].relative_hold == pytest.approx(0.75 * 33)
    assert shares["S"].residence_ps.value == pytest.approx(30.0)
    assert shares["S(P)"].residence_ps is None


def test_t1_minimum():
    assert product_at_minimum() == pytest.approx(0.6158, abs=1e-4)
    law = JumpRateLaw(np.log(10.0), 0.25, np.diag([0.1, 0.01]) ** 2)
    found = t1_minimum(law, 116.6)
    tau_s = 1e-12 / np.exp(law.ln_rate(found.value))
    assert 2 * np.pi * 116.6e6 * tau_s == pytest.approx(0.6158, abs=1e-3)
    rates = [
        relaxation_rate_shape(2 * np.pi * 116.6e6, 1e-12 / np.exp(law.ln_rate(found.value + d)))
        for d in (-5.0, 0.0, 5.0)
    ]
    assert rates[1] > max(rates[0], rates[2])
    shifted = t1_minimum(JumpRateLaw(np.log(10.0), 0.26, law.covariance), 116.6)
    only_energy = t1_minimum(JumpRateLaw(np.log(10.0), 0.25, np.diag([0.0, 0.01]) ** 2), 116.6)
    assert only_energy.error == pytest.approx(shifted.value - found.value, rel=1e-3)
    with pytest.raises(StageError, match="does not rise"):
        t1_minimum(JumpRateLaw(np.log(10.0), -0.1, law.covariance), 116.6)


def test_hopping_formula_and_entropy_are_inverse():
    f, a, nu = Measured(0.7, 0.02), Measured(2.5, 0.01), Measured(8.0, 0.2)
    d0 = 0.7 * 6.25 * 8.0 * 1e-4 / 6 * np.exp(2.0)
    entropy = activation_entropy(Measured(np.log(d0), 0.3), f, a, nu)
    assert entropy.value == pytest.approx(2.0)
    assert entropy.error == pytest.approx(np.sqrt(0.09 + (0.02 / 0.7) ** 2 + 0.008**2 + 0.025**2))
    variables = HoppingVariables(f, Measured(0.5, 0.1), 2e22, 1.0, a, nu, entropy, Measured(0.25, 0.01))
    found = conductivity(variables, 600.0)
    d_sigma = d0 * np.exp(-0.25 / (K_EV * 600)) / 0.5
    expected = to_conductivity(d_sigma, number_density_per_cm3=2e22, charge=1.0, temperature_K=600.0)
    assert found.value == pytest.approx(expected)
    assert found.error > 0.2 * found.value


@pytest.mark.slow
def test_record_of_a_lattice_walk(rng):
    trajectory, fractional = lone_walkers(rng, "sc", 3, 20, 3000, 0.05)
    noisy = Trajectory(
        trajectory.symbols,
        trajectory.positions + rng.normal(scale=0.2, size=trajectory.positions.shape),
        trajectory.cells,
        100.0,
    )
    truth = 0.05 / 0.1 * EDGE**2 / 6
    record = local_picture(
        [noisy],
        mobile="Li",
        temperature_K=600.0,
        settings=LocalPictureConfig(density_smoothing_A=0.2),
        tracer_A2_ps=Measured(truth, 0.05 * truth),
    )
    json.dumps(record.as_dict(), allow_nan=False)
    assert record.n_sites == len(fractional)
    assert record.sites_from == "density"
    single = [row.count for row in record.jumps if abs(row.distance_A - EDGE) < 0.3]
    assert sum(single) > 0.85 * record.n_jumps
    # A jump undone within the 0.3 ps of the recrossing filter is not counted: a few per cent.
    assert record.hop_rate_per_ion_per_ps.value == pytest.approx(0.5, rel=0.12)
    assert record.correlation_factor.value == pytest.approx(1.0, abs=0.15)
    assert record.carrier_density_per_cm3 == pytest.approx(20 / 12.0**3 * 1e24)
    assert record.site_energy_width_eV < 0.02


@pytest.mark.slow
def test_caged_and_conducting_crystal_from_ab_initio_md(reference):
    """The caged crystal needs a lower density to connect, and its free sulphur holds the ions hardest."""
    found = {
        name: local_picture([reference(name)], mobile="Li", temperature_K=500.0, settings=LocalPictureConfig())
        for name in ("0p", "50p")
    }
    assert found["0p"].percolation_barriers_eV[2] > found["50p"].percolation_barriers_eV[2] + 0.03
    hold = {name: record.anions["S"].relative_hold for name, record in found.items()}
    assert hold["0p"] > hold["50p"] > 1.0
    # Six Li about each free S, published for these runs; per Li ion 6 * 32 / 192.
    assert found["0p"].pair_distributions["S"].first_shell_coordination.value == pytest.approx(1.0, abs=0.01)
    assert found["50p"].group_rotation.relaxation_ps is None
    assert found["50p"].attempt_frequency_THz is None


@pytest.mark.slow
def test_jumps_within_and_between_cages(rng):
    """Cages of two sites in each direction on a simple cubic lattice: every second jump leaves its cage."""
    walk, sites = lone_walkers(rng, "sc", 4, 10, 1500, 0.05)
    corners = np.stack(np.meshgrid(*[[2.0, 10.0]] * 3, indexing="ij"), axis=-1).reshape(-1, 3) / 16.0
    record = local_picture(
        [walk],
        mobile="Li",
        temperature_K=600.0,
        settings=LocalPictureConfig(min_residence_ps=0.0),
        sites=Sites(sites, ("site",) * len(sites)),
        cages=corners,
    )
    within, between = record.n_jumps_within_cages, record.n_jumps_between_cages
    assert within + between == record.n_jumps > 500
    assert within / record.n_jumps == pytest.approx(0.5, abs=4 * 0.5 / record.n_jumps**0.5)
    assert {row.within_cage for row in record.jumps} == {True, False}


@pytest.mark.slow
def test_error_of_percolation_barriers_is_that_of_repeated_runs():
    """Sites at the corners are 0.1 eV below those at the centres: every way leads over a rare place."""
    found = []
    for seed in range(12):
        energies = np.tile([0.0, 0.1], 27)
        walk, _ = lone_walkers(np.random.default_rng(seed), "bcc", 3, 15, 2500, 0.5, energies=energies, kT=K_EV * 600.0)
        noisy = Trajectory(
            walk.symbols,
            walk.positions + np.random.default_rng(seed).normal(scale=0.4, size=walk.positions.shape),
            walk.cells,
            100.0,
        )
        found.append(local_picture([noisy], mobile="Li", temperature_K=600.0, settings=LocalPictureConfig()))
    barriers = [record.percolation_barriers_eV[2] for record in found]
    errors = [record.percolation_barrier_errors_eV[2] for record in found]
    assert 0.5 < np.sqrt(np.mean(np.square(errors))) / np.std(barriers, ddof=1) < 2.0


def test_too_few_frames_for_a_local_picture(rng):
    with pytest.raises(StageError, match="16 frames"):
        local_picture(
            [make(brownian(rng, 15, 3), framework=rattling_framework(rng, 15))],
            mobile="Li",
            temperature_K=600.0,
            settings=LocalPictureConfig(),
        )


def test_short_visits_are_no_changes_but_time_all_the_same():
    """An ion 0.4 ps by one anion, 0.2 ps by another, back and forth: two thirds and one third, and no departure."""
    stops = np.tile(np.repeat([[2.4, 0.0, 0.0], [7.6, 0.0, 0.0]], [4, 2], axis=0), (50, 1))[:, None] + 5.0
    anions = np.tile(np.array([[[5.0, 5.0, 5.0], [15.0, 5.0, 5.0]]]), (300, 1, 1))
    trajectory = Trajectory(("Li", "S", "Cl"), np.concatenate([stops, anions], axis=1), np.eye(3) * 20.0, 100.0)
    shares = anion_shares([trajectory], "Li", {1: "S", 2: "Cl"}, min_residence_ps=0.3)
    assert shares["S"].time_share == pytest.approx(2 / 3)
    assert shares["Cl"].relative_hold == pytest.approx(2 / 3)
    assert shares["S"].residence_ps is None
    record = local_picture(
        [trajectory],
        mobile="Li",
        temperature_K=600.0,
        settings=LocalPictureConfig(),
        sites=Sites(np.array([[0.37, 0.25, 0.25], [0.63, 0.25, 0.25]]), ("a", "b")),
    )
    assert record.site_occupancy == pytest.approx([2 / 3, 1 / 3])
    assert record.site_energy_eV[1] == pytest.approx(K_EV * 600.0 * np.log(2.0))
    assert record.n_jumps == 0


@pytest.mark.slow
def test_replicas_count_by_their_length(rng):
    """A run and the same run in two pieces of different length are the same surroundings, but at the cut."""
    symbols = ("Li",) * 10 + ("P",) * 4 + ("S",) * 16
    places = np.concatenate([rng.uniform(0, 12, (10, 3)), np.array([[3.0, 3, 3], [9, 3, 3], [3, 9, 3], [3, 3, 9]])])
    bonds = 1.19 * np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    places = np.concatenate([places, (places[10:, None] + bonds).reshape(-1, 3)])
    positions = places + rng.normal(scale=0.1, size=(400, 30, 3))
    positions[:, :10] += np.cumsum(rng.normal(scale=0.2, size=(400, 10, 3)), axis=0)

    def cut(start, end):
        return Trajectory(symbols, positions[start:end].astype(np.float32), np.eye(3) * 12.0, 50.0)

    whole, pieces = [cut(0, 400)], [cut(0, 300), cut(300, 400)]
    options = {"mobile": "Li", "temperature_K": 600.0}
    settings = LocalPictureConfig(max_frames=400, van_hove_lags_ps=(1.0,))
    one, two = (local_picture(runs, settings=settings, **options) for runs in (whole, pieces))
    for label in ("Li", "S(P)"):
        for key in ("g", "coordination"):
            np.testing.assert_allclose(
                getattr(two.pair_distributions[label], key),
                getattr(one.pair_distributions[label], key),
                rtol=2e-2,
                atol=2e-3,
            )
    assert two.anions["S(P)"].time_share == one.anions["S(P)"].time_share == 1.0
    edges = np.linspace(0.0, settings.pair_range_A, 81)
    long, short = (van_hove_self(piece, "Li", 1.0, edges) for piece in pieces)
    np.testing.assert_allclose(two.van_hove[0].self_per_A, 0.75 * long + 0.25 * short)
    turning = two.group_rotation
    assert turning.n_bonds == 16
    assert turning.lag_ps[-1] < 50 * 0.05
    np.testing.assert_allclose(turning.p2, one.group_rotation.p2[: len(turning.p2)], rtol=0.02)
    # The first piece alone is another answer.
    alone = local_picture(pieces[:1], settings=settings, **options)
    assert alone.pair_distributions["Li"].g != two.pair_distributions["Li"].g


@pytest.mark.slow
def test_errors_of_van_hove_functions_and_pair_distributions_are_those_of_repeated_runs():
    settings = LocalPictureConfig(van_hove_lags_ps=(0.5, 15.0), max_frames=100)
    found = []
    for seed in range(24):
        walk = make(brownian(np.random.default_rng(seed), 400, 6, (0.3,) * 3), interval_fs=100.0)
        found.append(local_picture([walk], mobile="Li", temperature_K=600.0, settings=settings))
    short = [record.van_hove[0] for record in found]
    peak = int(np.argmax(np.mean([one.self_per_A for one in short], axis=0)))
    for value, error in (("self_per_A", "self_error_per_A"), ("distinct", "distinct_error")):
        # At the peak of the one; of the other's 80 bins those with other ions in them.
        bins = [peak] if value == "self_per_A" else range(40, 80)
        scatter = np.std([[getattr(one, value)[k] for k in bins] for one in short], axis=0, ddof=1)
        stated = np.sqrt(np.mean([[getattr(one, error)[k] ** 2 for k in bins] for one in short], axis=0))
        assert np.mean(stated / scatter) == pytest.approx(1.0, abs=0.35)
    assert found[0].van_hove[1].self_error_per_A is None
    assert len(found[0].pair_distributions["Li"].g_error) == 160
