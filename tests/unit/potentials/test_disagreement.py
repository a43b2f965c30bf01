"""A second potential's disagreement with the first, against potentials whose difference is known in closed form."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones

from screening.potentials.disagreement import Evaluated, disagreement, evaluate, spread, worst

PARAMETERS = {"sigma": 2.2, "rc": 6.0, "smooth": True}


def frames(n: int = 6) -> list[Atoms]:
    rng = np.random.default_rng(5)
    cells = []
    for _ in range(n):
        atoms = bulk("LiCl", "rocksalt", a=5.0, cubic=True)
        atoms.positions += rng.normal(0, 0.15, atoms.positions.shape)
        cells.append(atoms)
    return cells


def under(epsilon: float, atoms: list[Atoms]) -> list[Evaluated]:
    calculator = LennardJones(epsilon=epsilon, **PARAMETERS)
    return [evaluate(calculator, frame) for frame in atoms]


def names(atoms: list[Atoms]) -> list[list[str]]:
    return [frame.get_chemical_symbols() for frame in atoms]


def test_a_potential_1_3_times_as_deep_differs_by_three_tenths_of_everything():
    cells = frames()
    first, second = under(0.05, cells), under(0.065, cells)
    found = disagreement(names(cells), first, second)
    forces = np.array([frame.forces_eV_A for frame in first])
    energies = np.array([frame.energy_eV for frame in first]) / 8
    assert found.force_mae_meV_A == pytest.approx(0.3 * 1000 * np.mean(np.abs(forces)))
    assert found.force_rms_meV_A == pytest.approx(0.3 * 1000 * np.sqrt(np.mean(forces**2)))
    assert found.force_slope == pytest.approx(1.3)
    assert found.force_correlation == pytest.approx(1.0)
    assert found.energy_offset_eV_atom == pytest.approx(0.3 * energies.mean())
    assert found.energy_disagreement_meV_atom == pytest.approx(0.3 * 1000 * np.std(energies, ddof=1))
    per_frame = 300 * np.abs(forces).mean(axis=(1, 2))
    assert found.force_mae_error_meV_A == pytest.approx(np.std(per_frame, ddof=1) / np.sqrt(6))


def test_reference_energies_of_elements_are_no_disagreement():
    cells = frames()
    first = under(0.05, cells)
    second = [Evaluated(frame.energy_eV + 4 * 1.7 - 4 * 3.2, frame.forces_eV_A) for frame in first]
    found = disagreement(names(cells), first, second)
    assert found.force_mae_meV_A == 0
    assert found.energy_disagreement_meV_atom == pytest.approx(0, abs=1e-9)
    assert found.energy_offset_eV_atom == pytest.approx((1.7 - 3.2) / 2)


def test_reference_energies_of_several_compositions_are_no_disagreement_either():
    """Frames of all candidates of a campaign: what elements make differs from one composition to the next."""
    cells = frames()
    fewer = [cell[:-1] for cell in frames(3)]
    both = [*cells, *fewer]
    first = under(0.05, both)
    shift = [1.7 * n.count("Li") - 3.2 * n.count("Cl") for n in names(both)]
    second = [Evaluated(frame.energy_eV + own, frame.forces_eV_A) for frame, own in zip(first, shift, strict=True)]
    assert disagreement(names(both), first, second).energy_disagreement_meV_atom == pytest.approx(0, abs=1e-9)
    # Scatter about each composition's own mean, with a degree of freedom less for each.
    noise = np.random.default_rng(2).normal(0, 0.008, len(both))
    noisy = [Evaluated(f.energy_eV + 8 * x, f.forces_eV_A) for f, x in zip(second[:6], noise[:6], strict=True)]
    noisy += [Evaluated(f.energy_eV + 7 * x, f.forces_eV_A) for f, x in zip(second[6:], noise[6:], strict=True)]
    expected = np.sqrt((6 * noise[:6].var() + 3 * noise[6:].var()) / 7)
    assert disagreement(names(both), first, noisy).energy_disagreement_meV_atom == pytest.approx(1000 * expected)
    two = [cells[0], fewer[0]]
    assert disagreement(names(two), first[5:7], second[5:7]).energy_disagreement_meV_atom is None


def test_a_field_on_one_element_is_seen_on_it_alone():
    cells = frames()
    first = under(0.05, cells)
    field = np.zeros((8, 3))
    field[[i for i, symbol in enumerate(names(cells)[0]) if symbol == "Li"], 2] = 0.09
    second = [Evaluated(frame.energy_eV, frame.forces_eV_A + field) for frame in first]
    found = disagreement(names(cells), first, second)
    lithium, chlorine = found.by_element["Li"], found.by_element["Cl"]
    assert lithium.force_mae_meV_A == pytest.approx(30)
    assert lithium.force_rms_meV_A == pytest.approx(90 / np.sqrt(3))
    assert chlorine.force_mae_meV_A == 0
    assert chlorine.force_slope == pytest.approx(1)
    assert found.force_mae_meV_A == pytest.approx(15)
    assert found.force_mae_error_meV_A == pytest.approx(0, abs=1e-9)


def test_elements_are_told_apart_where_orderings_number_them_differently():
    field = np.array([[0.0, 0, 0.3], [0, 0, 0]])
    zero = Evaluated(0.0, np.zeros((2, 3)))
    found = disagreement(
        [["Li", "Cl"], ["Cl", "Li"]], [zero, zero], [Evaluated(0.0, field), Evaluated(0.0, field[::-1])]
    )
    assert found.by_element["Li"].force_mae_meV_A == pytest.approx(100)
    assert found.by_element["Cl"].force_mae_meV_A == 0


def test_opposite_forces_have_a_correlation_of_minus_one_and_none_have_none():
    cells = frames(2)
    first = under(0.05, cells)
    opposite = [Evaluated(-frame.energy_eV, -frame.forces_eV_A) for frame in first]
    assert disagreement(names(cells), first, opposite).force_correlation == pytest.approx(-1)
    still = [Evaluated(0.0, np.zeros((8, 3))) for _ in cells]
    found = disagreement(names(cells), still, first)
    assert found.force_correlation is None
    assert found.force_slope is None
    assert disagreement(names(cells)[:1], first[:1], opposite[:1]).energy_disagreement_meV_atom is None


def test_the_worst_frame_and_atom_are_the_ones_that_were_spoilt():
    cells = frames()
    first = under(0.05, cells)
    second = [Evaluated(frame.energy_eV, frame.forces_eV_A.copy()) for frame in first]
    second[3].forces_eV_A[5] += [0.3, -0.4, 0]
    index, found = worst(names(cells), first, second)
    assert (index, found.atom, found.element) == (3, 5, names(cells)[3][5])
    assert found.atom_difference_meV_A == pytest.approx(500)
    assert found.force_rms_meV_A == pytest.approx(1000 * np.sqrt(0.25 / 24))


def test_atoms_far_from_the_origin_are_brought_back_and_the_frame_is_left_alone():
    (cell,) = frames(1)
    moved = cell.copy()
    moved.positions[2] += 1000 * cell.cell[0]
    before = moved.positions.copy()
    ((here,), (there,)) = under(0.05, [cell]), under(0.05, [moved])
    assert there.energy_eV == pytest.approx(here.energy_eV)
    assert there.forces_eV_A == pytest.approx(here.forces_eV_A, abs=1e-8)
    assert np.array_equal(moved.positions, before)


@pytest.mark.parametrize(
    ("lengths", "wanted"), [([100], 1), ([100], 7), ([100, 100, 100], 20), ([3, 1000], 20), ([50] * 12, 5), ([4], 4)]
)
def test_frames_are_spread_over_runs_and_times(lengths, wanted):
    chosen = spread(lengths, wanted)
    assert len(chosen) == len(lengths)
    for run, length in zip(chosen, lengths, strict=True):
        assert len(set(run)) == len(run)
        assert all(0 <= i < length for i in run)
        assert not run or run[-1] == length - 1
        gaps = np.diff([-1, *run])
        assert not run or gaps.max() - gaps.min() <= 1
    counts = [len(run) for run in chosen]
    roomy = [count for count, length in zip(counts, lengths, strict=True) if length >= wanted]
    assert not roomy or max(roomy) - min(roomy) <= 1
    assert sum(counts) == wanted or any(count == length for count, length in zip(counts, lengths, strict=True))


def test_nothing_to_compare_is_an_error():
    with pytest.raises(ValueError, match="no frame"):
        disagreement([], [], [])
