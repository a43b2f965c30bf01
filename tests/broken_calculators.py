"""A sound pair potential and ways to break it, each of which one check must notice."""

from typing import Any

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.lj import LennardJones


def sound() -> LennardJones:
    """Lennard-Jones with a smooth cutoff: an energy function without fault."""
    return LennardJones(sigma=2.2, epsilon=0.05, rc=4.4, smooth=True)


class Wrapped(Calculator):
    """A sound calculator whose results `spoil` changes."""

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self) -> None:
        super().__init__()
        self.inner = sound()

    def calculate(self, atoms: Any = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        self.inner.calculate(self.seen(atoms), ["energy", "forces", "stress"], all_changes)
        self.results = {key: self.inner.results[key] for key in self.implemented_properties}
        self.structure = atoms
        self.spoil()

    def seen(self, atoms: Any) -> Any:
        """The structure the sound calculator is given."""
        return atoms

    def spoil(self) -> None:
        """Change `self.results`."""


class ScaledForces(Wrapped):
    """Forces 5 % too large."""

    def spoil(self) -> None:
        self.results["forces"] = 1.05 * self.results["forces"]


class WrongForceOnOneElement(Wrapped):
    """Forces on the first element turned a little."""

    def spoil(self) -> None:
        first = self.structure.numbers == self.structure.numbers[0]
        forces = self.results["forces"].copy()
        forces[first] = np.roll(forces[first], 1, axis=1)
        self.results["forces"] = forces


class StressInGPa(Wrapped):
    """Stress in GPa, where ASE wants eV/Å^3."""

    def spoil(self) -> None:
        self.results["stress"] = 160.2 * self.results["stress"]


class StressSign(Wrapped):
    """Pressure in place of stress."""

    def spoil(self) -> None:
        self.results["stress"] = -self.results["stress"]


class Step(Wrapped):
    """The energy jumps by 5 meV whenever a pair of atoms comes closer than 3.1 Å; forces know nothing of it."""

    def spoil(self) -> None:
        from ase.neighborlist import neighbor_list

        self.results["energy"] += 0.005 * len(neighbor_list("i", self.structure, 3.1)) / 2


class Anisotropic(Wrapped):
    """Distances along z count 5 % more: forces are those of the energy, but the axes matter."""

    def seen(self, atoms: Any) -> Any:
        stretched = atoms.copy()
        stretched.set_cell(atoms.cell.array * [1, 1, 1.05])
        stretched.positions = atoms.positions * [1, 1, 1.05]
        return stretched

    def spoil(self) -> None:
        self.results["forces"] = self.results["forces"] * [1, 1, 1.05]


class Anchored(Wrapped):
    """An external potential with the period of the cell, for one element."""

    def spoil(self) -> None:
        first = self.structure.numbers == self.structure.numbers[0]
        self.results["energy"] += (
            0.1 * np.cos(2 * np.pi * self.structure.get_scaled_positions()[first] @ [1, 2, 1]).sum()
        )


class Unwrapped(Wrapped):
    """Atoms outside the cell count for less."""

    def spoil(self) -> None:
        inside = self.structure.get_scaled_positions(wrap=False)
        self.results["energy"] -= 0.01 * np.all((inside > -0.5) & (inside < 1.5), axis=1).sum()


class Labelled(Wrapped):
    """The order of the atoms counts."""

    def spoil(self) -> None:
        self.results["energy"] += 1e-3 * np.arange(len(self.structure)) @ self.structure.numbers


class PerCell(Wrapped):
    """A constant per cell: not proportional to the size."""

    def spoil(self) -> None:
        self.results["energy"] += 1.0


class Forgetful(Wrapped):
    """A noise of 1 meV per atom in energy and 20 meV/Å in forces."""

    random = np.random.default_rng(3)

    def spoil(self) -> None:
        self.results["energy"] += 1e-3 * len(self.structure) * self.random.normal()
        self.results["forces"] = self.results["forces"] + 0.02 * self.random.normal(size=(len(self.structure), 3))


class Lagging(Wrapped):
    """Forces of the structure before, as from a list that was not updated."""

    last: Any = None

    def spoil(self) -> None:
        forces = self.results["forces"]
        same = self.last is not None and self.last.shape == forces.shape
        self.results["forces"] = self.last if same else forces
        self.last = forces


class NaNForces(Wrapped):
    """One force is not a number."""

    def spoil(self) -> None:
        self.results["forces"] = np.where(np.arange(len(self.structure))[:, None] == 0, np.nan, self.results["forces"])


class NaNEnergy(Wrapped):
    """The energy is not a number."""

    def spoil(self) -> None:
        self.results["energy"] = float("nan")


class Raising(Wrapped):
    """Gives up on every structure."""

    def spoil(self) -> None:
        raise RuntimeError("out of memory")


class NoStress(Wrapped):
    """Energy and forces only."""

    implemented_properties = ("energy", "free_energy", "forces")


class Elastic(Calculator):
    """A crystal that answers to its volume alone, with a known minimum and bulk modulus.

    Energy per atom B / (2 v0) (v - v0)^2.
    """

    implemented_properties = ("energy",)

    def __init__(self, volume_A3_atom: float, bulk_modulus_GPa: float) -> None:
        super().__init__()
        self.v0, self.bulk = volume_A3_atom, bulk_modulus_GPa / 160.21766

    def calculate(self, atoms: Any = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        volume = atoms.get_volume() / len(atoms)
        self.results = {"energy": len(atoms) * self.bulk / (2 * self.v0) * (volume - self.v0) ** 2}
