"""Activation energies by layer, and the anions around ions in it."""

from dataclasses import replace

import numpy as np
import pytest
from ase.units import kB

from screening.meso.around import anions_around
from screening.meso.barriers import activation_energy, barriers
from screening.meso.counts import slab_of
from screening.meso.record import Conduction, Layer, Layers
from screening.trajectories.trajectory import Trajectory
from tests.blank import blank


def arrhenius(energy, t):
    return 1e-3 * np.exp(-energy / (kB * t))


def layers(t, energies):
    made = tuple(
        blank(Layer, from_A=3.0 * k, to_A=3.0 * k + 3, boundary=0, crystal=0, anions=None,
              tracer_cm2_s=arrhenius(e, t), tracer_error_cm2_s=0.1 * arrhenius(e, t))
        for k, e in enumerate(energies)
    )  # fmt: skip
    cell = blank(Conduction, in_plane_cm2_s=arrhenius(0.3, t), in_plane_error_cm2_s=1e-9)
    return blank(Layers, temperature_K=t, layers=made, cell=cell, crystal=None, other_crystal=None, excess=None)


def test_each_layer_has_its_barrier():
    found = barriers([layers(t, (0.25, 0.4)) for t in (600.0, 700.0, 800.0)])
    assert [one.what for one in found] == ["layer", "layer", "cell, in plane"]
    assert [one.activation_energy_eV for one in found] == pytest.approx([0.25, 0.4, 0.3])
    assert [one.n_temperatures for one in found] == [3, 3, 3]
    assert found[1].from_A == 3.0
    # Ten per cent at each of three temperatures, against the textbook's error of a slope.
    x = 1 / (kB * np.array([600.0, 700.0, 800.0]))
    assert found[0].activation_energy_error_eV == pytest.approx(0.1 / np.sqrt(((x - x.mean()) ** 2).sum()))


def test_layers_of_another_crystal_are_no_points_of_a_line():
    """A cell that grew has a layer more below and one less above: the third was below at one temperature only."""

    def interface(t, below):
        both = layers(t, [0.2] * below + [0.6] * (4 - below))
        sides = [replace(layer, crystal=int(k >= below)) for k, layer in enumerate(both.layers)]
        return replace(both, layers=tuple(sides))

    found = barriers([interface(600.0, 2), interface(700.0, 2), interface(800.0, 3)])
    of_layers = [one for one in found if one.what == "layer"]
    assert [one.crystal for one in of_layers] == [0, 0, 1, 1]
    assert [one.activation_energy_eV for one in of_layers] == pytest.approx([0.2, 0.2, 0.6, 0.6])
    assert {one.n_temperatures for one in of_layers} == {2}


def test_the_error_of_a_barrier_is_how_far_draws_lie():
    rng = np.random.default_rng(1)
    temperatures, share = (600.0, 700.0, 800.0), 0.05
    drawn = []
    for _ in range(400):
        points = [(t, d := arrhenius(0.3, t) * (1 + share * rng.normal()), share * d) for t in temperatures]
        drawn.append(activation_energy(points))
    values, errors, _ = np.array(drawn).T
    assert values.mean() == pytest.approx(0.3, abs=3 * values.std() / 20)
    # Scatter widens some errors and narrows none.
    assert 1.0 < errors.mean() / values.std() < 1.3


def test_what_is_not_seen_has_no_barrier():
    assert activation_energy([(600.0, 1e-6, 1e-7), (700.0, 1e-6, 6e-7)]) is None
    assert activation_energy([(600.0, None, None), (700.0, 1e-6, 1e-7)]) is None
    assert barriers([]) == ()


def rocksalt(n_frames=20):
    """LiCl, six Cl around each Li."""
    grid = np.array([(i, j, k) for i in range(4) for j in range(4) for k in range(8)], dtype=float)
    symbols = ["Li" if point.sum() % 2 else "Cl" for point in grid]
    positions = grid * 2.57
    return Trajectory(tuple(symbols), np.repeat(positions[None], n_frames, 0), np.diag([4, 4, 8]) * 2.57, 100.0)


def test_anions_around_ions_are_counted_by_layer():
    run = rocksalt()
    slab = slab_of(run, 0.0, 2.57)
    found = anions_around([run], "Li", slab, {"Li": 1.0, "Cl": -1.0})
    assert len(found) == slab.layers // 4
    assert all(one["Cl"].number == pytest.approx(6.0) for one in found)
    assert all(one["Cl"].error == pytest.approx(0.0, abs=1e-9) for one in found)
    assert anions_around([run], "Cl", slab, {"Li": 1.0, "Cl": -1.0}) == [{}] * len(found)
    # Where an anion is bonded to a cation that does not move it has another name.
    bonded = replace(run, symbols=(*run.symbols, "P"), positions=np.concatenate(
        [run.positions, np.broadcast_to([[[1.2, 1.2, 1.2]]], (20, 1, 3))], axis=1))  # fmt: skip
    names = anions_around([bonded], "Li", slab, {"Li": 1.0, "Cl": -1.0, "P": 5.0})
    assert any("Cl(P)" in one and one["Cl(P)"].number > 0 for one in names)
