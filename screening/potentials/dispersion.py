"""London dispersion, which most functionals lack, added to a potential: DFT-D3(BJ) and DFT-D4 from their own packages.

D3(BJ): Grimme, Antony, Ehrlich and Krieg, J. Chem. Phys. 132, 154104 (2010); Grimme, Ehrlich and Goerigk, J. Comput.
Chem. 32, 1456 (2011). D4: Caldeweyher et al., J. Chem. Phys. 150, 154122 (2019), periodic in Phys. Chem. Chem. Phys.
22, 8499 (2020). The sum is one potential with one checksum: whatever asks it for energies, labels or runs has both.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from screening.config.potential import shown
from screening.errors import PotentialError
from screening.potentials.base import Potential
from screening.potentials.batch import Evaluate, Results

PROPERTIES = ("energy", "forces", "stress")
# Angstrom, the widths those of a smooth end. Beside the packages' own (32, 21 and 21 or 16) they lose 0.3 meV/atom,
# 0.01 meV/A and 0.001 GPa with D3, 0.6 meV/atom, 0.2 meV/A and 0.02 GPa with D4 (Li6PS5Cl, Li3YCl6). D4's three-body
# term is what takes its time; D3 for PBE has none.
CUTOFFS = {
    "d3bj": {"disp2": 25.0, "disp3": 12.0, "cn": 12.0, "width2": 2.0, "width3": 2.0},
    "d4": {"disp2": 25.0, "disp3": 10.0, "cn": 12.0, "width2": 2.0, "width3": 2.0},
}
# Functionals as the potentials' records name them -> the name of their parameters in both packages. Without an end of
# the word: "PBE/PBE+U" counts, "PBEsol" does not.
_METHODS = {
    r"PBEsol\b": "pbesol",
    r"PBE\b": "pbe",
    r"r2SCAN\b": "r2scan",
    r"SCAN\b": "scan",
    # Any will do for what stands for no material.
    r"none: a test potential": "pbe",
}
_HAS_DISPERSION = re.compile(r"D3|D4|vdW|VV10|optB8|MBD", re.IGNORECASE)


@dataclass(frozen=True)
class _Kind:
    """Name in texts, module and class of its ASE calculator, and what that wants besides the functional."""

    shown: str
    package: str
    calculator: str
    options: dict[str, str]
    #: Largest atomic number with coefficients.
    heaviest: int


_KINDS = {
    "d3bj": _Kind("D3(BJ)", "dftd3", "DFTD3", {"damping": "d3bj"}, 94),
    "d4": _Kind("D4", "dftd4", "DFTD4", {}, 86),
}


class DispersionError(PotentialError):
    """What is asked for beside a potential cannot be added to it."""


class WithDispersion(Calculator):
    """A potential and its dispersion, each asked once for all that is wanted.

    ASE's own sum of calculators asks for one property after the other, which makes some potentials compute twice.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self, potential: Any, dispersion: Calculator, kind: str) -> None:
        super().__init__()
        self.potential, self.dispersion, self.kind = potential, dispersion, kind

    def reset(self) -> None:
        """Forget the structure before."""
        super().reset()
        for part in (self.potential, self.dispersion):
            if hasattr(part, "reset"):
                part.reset()

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """Energy in eV, forces in eV/Angstrom, stress in eV/Angstrom^3."""
        super().calculate(atoms, properties, system_changes)
        # Some compute stress only where it is asked for.
        self.potential.calculate(self.atoms, list(properties or PROPERTIES), all_changes)
        self.results = self.added(self.atoms, self.potential.results)

    def added(self, atoms: Atoms, results: Results) -> Results:
        """A potential's results for a structure with those of the dispersion."""
        import numpy as np
        from ase.stress import full_3x3_to_voigt_6_stress

        self.dispersion.calculate(atoms, list(PROPERTIES), all_changes)
        more = self.dispersion.results
        total = {name: np.asarray(results[name], dtype=float) for name in PROPERTIES if name in results}
        if "stress" in total and total["stress"].shape == (3, 3):
            total["stress"] = full_3x3_to_voigt_6_stress(total["stress"])
        total = {name: value + more[name] for name, value in total.items()}
        energy = float(total["energy"])
        return {**total, "energy": energy, "free_energy": energy}


def method_of(functional: str) -> str | None:
    """The parameters' name for a functional as a potential's record names it; None where there is none."""
    for pattern, method in _METHODS.items():
        if re.search(rf"(?<![A-Za-z0-9]){pattern}", functional):
            return method
    return None


def advised(functional: str) -> str:
    """What is to be added to a potential of this functional, by the lattices of the library (docs/dispersion.md).

    PBE's cells need it, and D4 makes them right; r2SCAN's are right as they are; of others nothing is known.
    """
    named = functional.startswith("PBE") and not _HAS_DISPERSION.search(functional)
    return "d4" if named and method_of(functional) == "pbe" else "none"


def require_possible(kind: str, name: str, functional: str) -> str:
    """The name of the functional's parameters.

    Args:
        kind: `d3bj` or `d4`.
        name: Of the potential, for the message.
        functional: What it was trained on, as its record names it.

    Raises:
        DispersionError: it has dispersion already, its functional has no parameters or is not known, or the package is
            missing.
    """
    if _HAS_DISPERSION.search(functional):
        raise DispersionError(
            f"{name} was trained on {functional}, which has dispersion already; set potential.dispersion to none"
        )
    method = method_of(functional)
    if method is None:
        raise DispersionError(
            f"{name} was trained on {functional!r}, and {_KINDS[kind].shown} has no parameters for that (it has for "
            f"{', '.join(sorted(set(_METHODS.values())))}); set potential.dispersion to none"
        )
    if find_spec(_KINDS[kind].package) is None:
        package = _KINDS[kind].package
        raise DispersionError(f"{kind} needs the package {package}, which is not installed; pip install {package}")
    return method


def calculator(kind: str, method: str) -> Calculator:
    """ASE calculator of the dispersion alone.

    Args:
        kind: `d3bj` or `d4`.
        method: Functional, as `require_possible` names it.
    """
    how = _KINDS[kind]
    made: Calculator = getattr(import_module(f"{how.package}.ase"), how.calculator)(
        method=method, realspace_cutoff=CUTOFFS[kind], **how.options
    )
    return made


def with_dispersion(potential: Potential, kind: str) -> Potential:
    """The potential with dispersion added; itself for `none`.

    Raises:
        DispersionError: see `require_possible`.
    """
    if kind == "none":
        return potential
    how = _KINDS[kind]
    method = require_possible(kind, potential.name, potential.functional)
    from importlib.metadata import version

    what = f"{potential.checksum} {kind} {method} {sorted(CUTOFFS[kind].items())}"
    return replace(
        potential,
        calculator=WithDispersion(potential.calculator, calculator(kind, method), kind),
        name=shown(potential.name, kind),
        version=f"{potential.version}, {how.package} {version(how.package)}",
        functional=f"{potential.functional} + {how.shown}",
        checksum=hashlib.sha256(what.encode()).hexdigest(),
    )


def elements(kind: str) -> frozenset[str]:
    """Symbols of the elements that it has coefficients for."""
    from ase.data import chemical_symbols

    return frozenset(chemical_symbols[1 : _KINDS[kind].heaviest + 1])


def batched(evaluate: Evaluate, total: WithDispersion) -> Evaluate:
    """Evaluates several structures at once: the potential in one batch, its dispersion one after another."""

    def both(structures: Sequence[Atoms]) -> list[Results]:
        return [total.added(atoms, found) for atoms, found in zip(structures, evaluate(structures), strict=True)]

    return both
