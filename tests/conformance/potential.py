"""What every potential keeps: an energy in eV with its derivatives, the same whenever loaded, known by its weights."""

import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from numpy.typing import NDArray

from screening.config.potential import TeacherConfig
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.listing import known_elements
from screening.potentials.references import crystals
from screening.potentials.registry import batched, check, check_batched, load
from screening.potentials.selfcheck_evaluate import Evaluator
from screening.potentials.selfcheck_mechanics import derivative_checks, invariance_checks, rattled, smoothness_checks
from screening.potentials.selfcheck_volume import volume_checks

CRYSTALS = {crystal.name: crystal for crystal in crystals()}
# Importing one of these takes seconds; `check` may not.
HEAVY = ("torch", "chgnet", "diep", "mace", "matgl", "nequix", "sevenn")


class PotentialTests(ABC):
    """Override `name` and `other`, which may write files and put folders on the path, and what is said below."""

    #: Of `Potential.record`.
    functional: ClassVar[str]
    #: The precision that is recorded, and the one that is asked for.
    precision: ClassVar[str] = "single"
    asked_precision: ClassVar[Literal["single", "double"] | None] = None
    #: What is asked for and refused, with the message.
    refused_precision: ClassVar[tuple[str, str] | None] = None
    #: Its elements; None where they are many, or it does not say.
    elements: ClassVar[set[str] | None] = None
    #: Names that are none -> message, both regular expressions of `check` and `load`.
    wrong: ClassVar[dict[str, str]]
    #: Whether several structures are evaluated at once.
    in_batches: ClassVar[bool] = False

    @pytest.fixture(scope="class")
    @abstractmethod
    def name(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str] | str:
        """As a campaign file has it."""

    @pytest.fixture(scope="class")
    @abstractmethod
    def other(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str] | str:
        """A name of the same kind with other weights."""

    @pytest.fixture(scope="class")
    def config(self, name: str) -> TeacherConfig:
        """The section of a campaign file."""
        return TeacherConfig(name=name, precision=self.asked_precision)

    @pytest.fixture(scope="class")
    def potential(self, config: TeacherConfig) -> Potential:
        """Loaded once for the class."""
        return load(config)

    def structures(self) -> list[Atoms]:
        """Without symmetry, of different sizes and cells, of elements that it knows."""
        random = np.random.default_rng(0)
        made = [bulk("LiCl", "rocksalt", a=5.1, cubic=True), bulk("Li", cubic=True).repeat(2)]
        made.append(bulk("NaCl", "rocksalt", a=5.6).repeat((1, 2, 3)))
        for atoms in made:
            atoms.positions += random.normal(0, 0.1, atoms.positions.shape)
            atoms.set_cell(atoms.cell.array @ (np.eye(3) + random.normal(0, 0.02, (3, 3))), scale_atoms=True)
        return made

    def crystal(self) -> Atoms:
        """What the checks of one structure run on."""
        atoms = rattled(CRYSTALS["NaCl"].atoms(), 1)
        atoms.symbols[0] = "Li"
        return atoms

    def computed_otherwise(self, potential: Potential, atoms: Atoms) -> tuple[float, NDArray[np.float64]] | None:  # noqa: ARG002
        """Energy in eV and forces in eV/Angstrom by another way than the calculator; None for want of one.

        Without one the potential has to hold for materials: bulk moduli are some tens of GPa in no other unit.
        """
        return None

    def test_forces_and_stress_are_the_derivatives_of_the_energy(self, potential: Potential) -> None:
        found = derivative_checks(Evaluator(potential.calculator), self.crystal(), 1)
        assert [one.text for one in found if not one.passed] == []

    def test_the_energy_does_not_jump(self, potential: Potential) -> None:
        found = smoothness_checks(Evaluator(potential.calculator), self.crystal(), 1)
        assert [one.text for one in found if not one.passed] == []

    def test_labels_axes_and_origin_do_not_matter(self, potential: Potential) -> None:
        """Repeated, turned, shifted, wrapped, shuffled, doubled."""
        found = invariance_checks(Evaluator(potential.calculator), self.crystal(), 1)
        assert [one.text for one in found if not one.passed] == []

    def test_energies_are_in_electronvolts(self, potential: Potential) -> None:
        evaluator, atoms = Evaluator(potential.calculator), self.crystal()
        otherwise = self.computed_otherwise(potential, atoms)
        if otherwise is None:
            found = volume_checks(evaluator, CRYSTALS["NaCl"])
            assert [one.text for one in found if not one.passed] == []
        else:
            energy, forces = evaluator.energy_and_forces(atoms)
            assert energy == pytest.approx(otherwise[0], rel=1e-5)
            np.testing.assert_allclose(forces, otherwise[1], rtol=0, atol=1e-4 * np.abs(forces).max())

    def test_loaded_again_it_is_the_same(self, config: TeacherConfig, potential: Potential) -> None:
        again = load(config)
        assert again.record() == potential.record()
        for atoms in self.structures()[:2]:
            energy, forces = Evaluator(potential.calculator).energy_and_forces(atoms)
            same, same_forces = Evaluator(again.calculator).energy_and_forces(atoms)
            assert same == energy
            np.testing.assert_array_equal(same_forces, forces)

    def test_other_weights_have_another_checksum(self, other: str, potential: Potential) -> None:
        assert load(TeacherConfig(name=other)).checksum != potential.checksum

    def test_the_record_says_what_it_is(self, potential: Potential) -> None:
        record = potential.record()
        assert list(record) == ["name", "version", "functional", "checksum", "precision", "device"]
        assert (record["functional"], record["precision"]) == (self.functional, self.precision)
        assert record["device"] == ("unknown" if self.precision == "unknown" else "cpu")
        assert record["name"]
        assert record["version"]
        assert len(record["checksum"]) == 64
        assert int(record["checksum"], 16) >= 0

    def test_its_elements_are_known_or_it_does_not_say(self, potential: Potential) -> None:
        known = known_elements(potential)
        assert known is None or set(self.crystal().symbols) <= known
        assert self.elements is None or self.elements == known

    def test_it_is_checked_without_being_imported(self, name: str) -> None:
        """Nor is code of the user's run: a check before a campaign takes milliseconds."""
        code = (
            "import sys; from screening.config.potential import TeacherConfig;"
            "from screening.potentials.registry import check;"
            f"print(repr(check(TeacherConfig(name={name!r}))));"
            f"print(sorted({{*{HEAVY}, {name.partition(':')[0]!r}}} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        said, imported = done.stdout.splitlines()
        assert said == repr(check(TeacherConfig(name=name)))
        assert imported == "[]"

    def test_a_name_that_is_none_is_refused_by_check_and_by_load(self) -> None:
        for name, message in self.wrong.items():
            for ask in (check, load):
                with pytest.raises(PotentialError, match=message):
                    ask(TeacherConfig(name=name))

    def test_a_precision_that_it_has_not_is_refused_by_check_and_by_load(self, name: str) -> None:
        if self.refused_precision is None:
            return
        precision, message = self.refused_precision
        for ask in (check, load):
            with pytest.raises(PotentialError, match=message):
                ask(TeacherConfig(name=name, precision=precision))

    def test_a_batch_gives_what_the_calculator_gives(self, config: TeacherConfig, potential: Potential) -> None:
        if not self.in_batches:
            with pytest.raises(PotentialError, match=r"remove md\.batched, or use one of lj, matgl, nequix, sevenn"):
                check_batched(config)
            return
        structures = self.structures()
        for atoms, found in zip(structures, batched(config, potential)(structures), strict=True):
            atoms.calc = potential.calculator
            assert found["energy"] == pytest.approx(atoms.get_potential_energy(), rel=1e-5, abs=0)
            np.testing.assert_allclose(found["forces"], atoms.get_forces(), atol=1e-4)
            np.testing.assert_allclose(found["stress"], potential.calculator.results["stress"], atol=1e-5, rtol=1e-4)
            # Large enough that a sign, an order or another structure's would be seen.
            assert np.abs(atoms.get_stress()).max() > 5e-4


def pairs_by_hand(atoms: Atoms, sigma: float, epsilon: float, cutoff: float) -> tuple[float, NDArray[np.float64]]:
    """Energy and forces of ASE's smooth Lennard-Jones interaction, image by image, without a list of neighbours.

    The pair energy 4 epsilon ((sigma/r)^12 - (sigma/r)^6) is switched off from 0.66 of the cutoff on by
    (rc^2 - r^2)^2 (rc^2 + 2 r^2 - 3 ro^2) / (rc^2 - ro^2)^3 (ASE's documentation of `LennardJones`).
    """
    onset, reach = 0.66 * cutoff, range(-4, 5)
    images = np.array([[i, j, k] for i in reach for j in reach for k in reach]) @ atoms.cell.array
    # From every atom to every image of every atom.
    apart = atoms.positions[:, None, None] - atoms.positions[None, :, None] - images

    def energy(r: Any) -> Any:
        pair = 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)
        switch = (cutoff**2 - r**2) ** 2 * (cutoff**2 + 2 * r**2 - 3 * onset**2) / (cutoff**2 - onset**2) ** 3
        return np.where(r > cutoff, 0.0, pair * np.where(r < onset, 1.0, switch))

    r = np.linalg.norm(apart, axis=-1)
    there, step = np.where((r > 1e-9) & (r < cutoff), r, 2 * cutoff), 1e-5
    slope = (energy(there + step) - energy(there - step)) / (2 * step)
    forces = -(slope / there)[..., None] * apart
    return float(energy(there).sum() / 2), forces.sum(axis=(1, 2))
