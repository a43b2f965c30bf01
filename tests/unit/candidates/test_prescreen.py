"""Prescreens: percolation against an independent search and known conductors, hops against exact barriers."""

import heapq
import json

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes
from bvlain import Lain
from pymatgen.core import Lattice, Structure
from typer.testing import CliRunner

from screening.candidates.prescreen.bond_valence import percolation
from screening.candidates.prescreen.hops import distinct_hops, hop_barrier
from screening.cli.main import app
from screening.errors import StructureError
from screening.parents import library


def landscape(name: str, grid: float) -> np.ndarray:
    parent = library.load(name)
    decorated = parent.structure.copy()
    decorated.add_oxidation_state_by_element(parent.oxidation_states)
    lain = Lain(verbose=False)
    lain.read_structure(decorated, oxi_check=False)
    energy = lain.bvse_distribution(mobile_ion="Li1+", resolution=grid)
    return energy - energy.min()


def lowest_pass(energy: np.ndarray) -> float:
    """Lowest highest energy on a way from a point to its periodic image: Dijkstra over points and cells passed."""
    best = np.inf
    shape = np.array(energy.shape)
    neighbours = [np.array(n) - 1 for n in np.ndindex(3, 3, 3) if n != (1, 1, 1)]
    # Any percolating way at energy E passes a point of the three faces through the origin.
    faces = {tuple(p) for p in np.argwhere(np.ones(energy.shape)) if 0 in p}
    for start in sorted(faces, key=lambda p: energy[p])[:40]:
        heap, done = [(energy[start], start, (0, 0, 0))], {}
        while heap:
            highest, point, cell = heapq.heappop(heap)
            if highest >= best:
                break
            if point in done:
                if done[point] != cell:
                    best = highest
                    break
                continue
            done[point] = cell
            for step in neighbours:
                moved = np.array(point) + step
                wrapped = tuple((moved % shape).tolist())
                there = tuple((np.array(cell) + moved // shape).tolist())
                if done.get(wrapped) != there:
                    heapq.heappush(heap, (max(highest, energy[wrapped]), wrapped, there))
    return best


def test_percolation_equals_an_independent_search_of_the_same_landscape():
    parent = library.load("Li3OCl")
    found = percolation(parent.structure, parent.oxidation_states, "Li", grid_A=0.4)
    assert found.barriers_eV[0] == pytest.approx(lowest_pass(landscape("Li3OCl", 0.4)), abs=0.011)
    assert found.seconds > 0


@pytest.mark.slow
def test_a_fast_conductor_percolates_lower_than_a_slow_one_and_an_insulator_far_above():
    """Li6PS5Cl conducts some 1e-3 S/cm at room temperature, gamma-Li3PS4 some 1e-7, LiTaO3 nothing."""

    def barrier(name: str) -> float:
        parent = library.load(name)
        return percolation(parent.structure, parent.oxidation_states, "Li", grid_A=0.5).barriers_eV[2]

    fast, slow, insulator = barrier("Li6PS5Cl"), barrier("Li3PS4-gamma"), barrier("LiTaO3")
    assert fast < slow - 0.1
    assert insulator > 1.5


def test_percolation_refuses_what_it_cannot_do():
    mixed = library.load("Li3OCl").structure.copy()
    mixed.replace_species({"Cl": {"Cl": 0.5, "Br": 0.5}})
    with pytest.raises(StructureError, match="ordered"):
        percolation(mixed, {"Li": 1.0, "O": -2.0, "Cl": -1.0, "Br": -1.0}, "Li")
    with pytest.raises(StructureError, match="no bond-valence parameters"):
        percolation(library.load("Li3OCl").structure, {"Li": 1.0, "O": -5.0, "Cl": -1.0}, "Li")


A_A, BARRIER_EV, BEND_A = 4.0, 0.3, 0.6


class BentValley(Calculator):
    """Each Li by itself in a valley along x whose floor bends sideways: the lowest pass is BARRIER_EV exactly.

    V = B/2 (1 - cos 2 pi x/a) + K (1 - cos 2 pi (y - h sin^2(pi x/a))/a) + K (1 - cos 2 pi z/a), K = 1 eV.
    The straight line between two sites has its top at B + K (1 - cos 2 pi h/a), which is 0.41 eV higher.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        k = 2 * np.pi / A_A
        x, y, z = self.atoms.positions.T
        floor = BEND_A * np.sin(k * x / 2) ** 2
        slope = BEND_A * k / 2 * np.sin(k * x)
        across = np.sin(k * (y - floor)) * k
        energy = BARRIER_EV / 2 * (1 - np.cos(k * x)) + (1 - np.cos(k * (y - floor))) + (1 - np.cos(k * z))
        forces = -np.stack([BARRIER_EV / 2 * k * np.sin(k * x) - across * slope, across, k * np.sin(k * z)], axis=1)
        self.results = {"energy": float(energy.sum()), "forces": forces}


def test_the_band_finds_the_exact_pass_of_a_bent_valley():
    lattice = Structure(Lattice.cubic(A_A), ["Li"], [[0, 0, 0]])
    along_x = next(
        hop for hop in distinct_hops(Structure(Lattice.orthorhombic(A_A, 4.5, 5.0), ["Li"], [[0, 0, 0]]), "Li", 4.2)
    )
    told: list[str] = []
    barrier = hop_barrier(lattice, along_x, (3, 3, 3), BentValley(), fmax_eV_A=0.01, watch=told.append)
    assert told[0].startswith("start of the hop: step 0")
    assert told[-1] == f"path, 5 images: step {barrier.steps} of at most 300"
    assert barrier.reason == ""
    assert barrier.forward_eV == pytest.approx(BARRIER_EV, abs=2e-3)
    assert barrier.backward_eV == pytest.approx(BARRIER_EV, abs=2e-3)
    assert 1 - np.cos(2 * np.pi * BEND_A / A_A) > 0.4
    stopped = hop_barrier(lattice, along_x, (3, 3, 3), BentValley(), fmax_eV_A=0.01, max_steps=2)
    assert stopped.forward_eV is None
    assert "not relaxed" in stopped.reason
    with pytest.raises(StructureError, match="larger supercell"):
        hop_barrier(lattice, along_x, (2, 2, 2), BentValley())


@pytest.mark.parametrize(
    ("lattice", "species", "points", "longest", "expected"),
    [
        # Nearest neighbours of a cubic, an orthorhombic and a body-centred lattice: bonds counted once per cell.
        (Lattice.cubic(4), ["Li"], [[0, 0, 0]], 4.1, [(4.0, 3)]),
        (Lattice.cubic(4), ["Li"], [[0, 0, 0]], 5.7, [(4.0, 3), (4 * 2**0.5, 6)]),
        (Lattice.orthorhombic(3, 4, 5), ["Li"], [[0, 0, 0]], 5.0, [(3.0, 1), (4.0, 1), (5.0, 1), (5.0, 2)]),
        (Lattice.cubic(4), ["Li", "Li"], [[0, 0, 0], [0.5] * 3], 3.5, [(12**0.5, 8)]),
        (Lattice.cubic(4), ["Li", "Cl"], [[0, 0, 0], [0.5] * 3], 4.1, [(4.0, 3)]),
    ],
)
def test_distinct_hops_of_lattices_that_can_be_counted(lattice, species, points, longest, expected):
    hops = distinct_hops(Structure(lattice, species, points), "Li", longest)
    assert sorted((round(h.distance_A, 6), h.multiplicity) for h in hops) == [(round(d, 6), n) for d, n in expected]


def test_hops_add_up_to_all_pairs_of_a_real_structure():
    structure = library.load("Li6PS5Cl").structure
    hops = distinct_hops(structure, "Li", 4.0)
    lithium = structure.copy()
    lithium.remove_species(["P", "S", "Cl"])
    assert sum(h.multiplicity for h in hops) == len(lithium.get_neighbor_list(4.0)[0]) // 2
    assert len({round(h.distance_A, 3) for h in hops}) == len(hops)


def test_commands_print_barriers_and_what_they_cost(tmp_path):
    out = tmp_path / "percolation.json"
    command = ["prescreen", "percolation", "Li3OCl", "Na2S", "--grid", "0.5", "--out", str(out)]
    result = CliRunner().invoke(app, [*command[:3], *command[4:]], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    (record,) = json.loads(out.read_text())["parents"]
    assert record["parent"] == "Li3OCl"
    assert 0.3 < record["barriers_eV"][2] < 0.7
    assert "seconds" in result.output
    refused = CliRunner().invoke(app, ["prescreen", "percolation", "Na2S"])
    assert "holds no Li" in str(refused.exception)


def test_one_that_cannot_be_judged_is_named_and_the_rest_goes_on(tmp_path):
    disordered = tmp_path / "disordered.cif"
    Structure(Lattice.cubic(4.0), [{"Li": 0.5, "Na": 0.5}, "Cl"], [[0, 0, 0], [0.5] * 3]).to(str(disordered))
    out = tmp_path / "percolation.json"
    folder = tmp_path / "folder"
    folder.mkdir()
    unsuitable = [str(disordered), str(folder), "Na2S"]
    command = ["prescreen", "percolation", *unsuitable, "Li3OCl", "--grid", "0.5", "--out", str(out)]
    result = CliRunner().invoke(app, command, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert [one["parent"] for one in json.loads(out.read_text())["parents"]] == ["Li3OCl"]
    assert f"left out: {disordered}: " in result.stderr
    assert f"left out: {folder}: is a folder; name a structure file in it" in result.stderr
    assert "left out: Na2S: holds no Li" in result.stderr
    none = CliRunner().invoke(app, ["prescreen", "percolation", str(disordered), "Na2S"])
    assert none.exit_code == 1


@pytest.mark.slow
def test_hops_from_the_command_line(tmp_path, monkeypatch):
    """A simple cubic lattice with straight channels along x, y and z of 0.3 eV."""
    (tmp_path / "channels.py").write_text(
        "import numpy as np\n"
        "from ase.calculators.calculator import Calculator, all_changes\n"
        "class Channels(Calculator):\n"
        "    implemented_properties = ['energy', 'forces', 'stress']\n"
        "    def calculate(self, atoms=None, properties=('energy',), system_changes=all_changes):\n"
        "        super().calculate(atoms, properties, system_changes)\n"
        "        phase = 2 * np.pi / 4.0 * self.atoms.positions\n"
        "        self.results = {'energy': float(0.15 * (1 - np.cos(phase)).sum()), 'stress': np.zeros(6),\n"
        "                        'forces': -0.15 * 2 * np.pi / 4.0 * np.sin(phase)}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    Structure(Lattice.cubic(4.0), ["Li"], [[0, 0, 0]]).to(str(tmp_path / "cubic.vasp"), fmt="poscar")
    command = ["prescreen", "hops", str(tmp_path / "cubic.vasp"), "--potential", "channels:Channels"]
    out = tmp_path / "hops.json"
    result = CliRunner().invoke(app, [*command, "--longest", "4.1", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 distinct hops up to 4.1 A; supercell 3x3x3" in result.output
    assert "0.30 eV there, 0.30 eV back" in result.output
    record = json.loads(out.read_text())
    assert record["barriers"][0]["forward_eV"] == pytest.approx(0.3, abs=2e-3)
    assert record["barriers"][0]["hop"]["multiplicity"] == 3


def test_no_hops_is_said():
    with pytest.raises(StructureError, match="no two Li sites"):
        distinct_hops(library.load("Li6PS5Cl").structure, "Li", 1.0)
