"""CP2K (Kuehne et al. 2020, 10.1063/5.0007045): density functional theory as a potential, to judge others with.

Gaussian and plane waves, PBE, pseudopotentials of Goedecker, Teter and Hutter with the deepest cores there are, and
MOLOPT's basis of triple zeta. On a frame of Li6PS5Cl at 600 K 400 to 600 Ry changes forces by 2 meV/A, double to triple
zeta by 14, one to eight k points by 20 (docs/first-principles.md). ASE's calculator drives the program's shell.
"""

import hashlib
import math
import os
import re
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.units import Rydberg

from screening.errors import PotentialError
from screening.potentials.base import Potential

FUNCTIONAL = "PBE (CP2K)"
PROGRAMS = ("cp2k_shell.psmp", "cp2k_shell.ssmp", "cp2k_shell")
DATA = (Path("/usr/share/cp2k"), Path("/usr/local/share/cp2k"))
BASIS_FILE, POTENTIAL_FILE = "BASIS_MOLOPT_UZH", "POTENTIAL_UZH"
BASIS, FINER_BASIS = "TZVP-MOLOPT-PBE-GTH", "TZV2P-MOLOPT-PBE-GTH"
CUTOFF_RY, RELATIVE_CUTOFF_RY, SCF_ERROR, MOST_STEPS = 400, 60, 1e-5, 80
FINER_CUTOFF_RY = 600
# Cells that are shorter have so many k points along this axis that they are as long together.
LENGTH_A = 15.0
# Broyden's mixing of full diagonalisations converges in a dozen steps where orbital transformation does not at all.
TEMPLATE = """\
&FORCE_EVAL
  &DFT
    &MGRID
      REL_CUTOFF {relative_cutoff}
    &END MGRID
    &QS
      EPS_DEFAULT 1e-11
    &END QS
    &SCF
      EPS_SCF {error:g}
      &DIAGONALIZATION
      &END DIAGONALIZATION
      &MIXING
        METHOD BROYDEN_MIXING
        ALPHA 0.4
      &END MIXING
    &END SCF
{k_points}
  &END DFT
  &SUBSYS
{kinds}
  &END SUBSYS
&END FORCE_EVAL
"""


def check(argument: str, precision: str | None) -> str:
    """What can be said without loading; see `screening.potentials.registry.check`."""
    if argument:
        raise PotentialError(
            f"cp2k:{argument} is not known; use cp2k, or module:factory for an ASE calculator with your own settings"
        )
    if precision == "single":
        raise PotentialError("cp2k runs in double precision only")
    _program()
    _data()
    return ""


def functional(argument: str) -> str:  # noqa: ARG001 - as every loader
    """Of the recipe."""
    return FUNCTIONAL


def load(argument: str, device: str, precision: str = "double") -> Potential:
    """Find the program and its data (`cp2k`).

    Args:
        argument: "".
        device: "cpu".
        precision: "double".

    Raises:
        PotentialError: the program or its data are not there, or it is asked for on a GPU.
    """
    check(argument, precision)
    if device != "cpu":
        raise PotentialError("cp2k runs on CPUs; set its device to cpu")
    calculator = Cp2kCalculator(_program(), _data())
    return Potential(calculator, "cp2k", calculator.version, FUNCTIONAL, calculator.checksum, precision, device)


@dataclass(frozen=True)
class Setting:
    """What a label may be converged in.

    Attributes:
        cutoff_Ry: Of the grid.
        basis: Its name.
        more: K points along each axis beyond the usual ones.
    """

    cutoff_Ry: int = CUTOFF_RY
    basis: str = BASIS
    more: int = 0


class Cp2kCalculator(Calculator):
    """Energy (eV), forces (eV/A) and stress (eV/A^3) of a periodic cell; each cell is computed on its own.

    Attributes:
        version: Of the program.
        elements: Symbols of those with a basis.
        checksum: Of recipe and version.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self, program: str, data: Path, setting: Setting | None = None) -> None:
        super().__init__()
        self._program, self._data, self.setting = program, data, setting or Setting()
        self._charges = basis_charges((data / BASIS_FILE).read_text(errors="replace"), self.setting.basis)
        self.elements = tuple(sorted(self._charges))
        self.version = _version(program)
        own, usual = self.setting, (RELATIVE_CUTOFF_RY, SCF_ERROR, LENGTH_A, self.version)
        named = (TEMPLATE, own.basis, own.cutoff_Ry, *usual, *([own.more] if own.more else []))
        self.checksum = hashlib.sha256(repr(named).encode()).hexdigest()

    def finer(self) -> dict[str, "Cp2kCalculator"]:
        """The same with one setting after the other made finer, by what that is."""
        made = {
            f"grid of {FINER_CUTOFF_RY} Ry": Setting(cutoff_Ry=FINER_CUTOFF_RY),
            "one more k point along each axis": Setting(more=1),
            FINER_BASIS.partition("-")[0]: Setting(basis=FINER_BASIS),
        }
        return {name: Cp2kCalculator(self._program, self._data, setting) for name, setting in made.items()}

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """As ASE asks for it.

        Raises:
            PotentialError: an element without a basis, a cell of odd charge, a density that does not converge, or
                whatever ended the program.
        """
        super().calculate(atoms, properties, system_changes)
        with TemporaryDirectory(prefix="screening-cp2k-") as folder, warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="CP2K-shell not ready")  # of one that ended; it is told below
            label = str(Path(folder) / "frame")
            try:
                results = self._computed(label)
            except PotentialError:
                raise
            except Exception as error:  # whatever the shell's end raises, an assertion of ASE's among it
                why = _last_words(Path(f"{label}.out")) or str(error) or "its shell ended without a word"
                raise PotentialError(f"cp2k failed: {why}") from error
            _require_converged(Path(f"{label}.out"))
            self.results = {name: results[name] for name in self.implemented_properties}

    def _computed(self, label: str) -> dict[str, Any]:
        """By a program that is started for it and ended after it."""
        from ase.calculators.cp2k import CP2K

        # It is told where its data are; the cores are those of the job.
        settings = f"CP2K_DATA_DIR={self._data} OMP_NUM_THREADS={os.environ.get('OMP_NUM_THREADS', '1')}"
        program = CP2K(
            label=label,
            command=f"env {settings} {self._program}",
            inp=recipe(self.atoms, self._charges, self.setting),
            basis_set=None,
            pseudo_potential=None,
            basis_set_file=BASIS_FILE,
            potential_file=POTENTIAL_FILE,
            xc="PBE",
            cutoff=self.setting.cutoff_Ry * Rydberg,
            max_scf=MOST_STEPS,
        )
        try:
            program.calculate(self.atoms, ["energy", "forces", "stress"], all_changes)
            return dict(program.results)
        finally:
            program.close()


def basis_charges(text: str, basis: str = BASIS) -> dict[str, int]:
    """Electrons of the largest valence that each element has a basis for.

    Args:
        text: Of CP2K's file of bases.
        basis: Its name.
    """
    found: dict[str, int] = {}
    for symbol, charge in re.findall(rf"^\s*([A-Z][a-z]?)\s+{basis}-q(\d+)", text, flags=re.MULTILINE):
        found[symbol] = max(found.get(symbol, 0), int(charge))
    return found


def k_points(atoms: Atoms, more: int = 0) -> tuple[int, int, int]:
    """Along each axis, so many that cells times k points are `LENGTH_A` long, and `more`."""
    a, b, c = (more + max(1, math.ceil(LENGTH_A / length - 1e-6)) for length in atoms.cell.lengths())
    return a, b, c


def recipe(atoms: Atoms, charges: Mapping[str, int], setting: Setting = Setting()) -> str:
    """CP2K's input, less what ASE adds: coordinates, cell, functional, cutoff.

    Args:
        atoms: Neutral and without spin.
        charges: Valence electrons of each element.
        setting: Basis and density of k points.

    Raises:
        PotentialError: an element has no basis, or the number of electrons is odd.
    """
    lacking = sorted(set(atoms.symbols) - set(charges))
    if lacking:
        raise PotentialError(f"cp2k: {BASIS_FILE} has no {setting.basis} for {', '.join(lacking)}")
    electrons = sum(charges[symbol] for symbol in atoms.symbols)
    if electrons % 2:
        raise PotentialError(
            f"cp2k: {atoms.symbols} has {electrons} electrons, an odd number: it is not neutral, or has a spin"
        )
    points = k_points(atoms, setting.more)
    section = "" if points == (1, 1, 1) else _section("KPOINTS", "SCHEME MONKHORST-PACK {} {} {}".format(*points), 4)
    kinds = [
        _section(f"KIND {symbol}", f"BASIS_SET {setting.basis}-q{charge}\n      POTENTIAL GTH-PBE-q{charge}", 4)
        for symbol, charge in sorted(charges.items())
        if symbol in atoms.symbols
    ]
    return TEMPLATE.format(
        relative_cutoff=RELATIVE_CUTOFF_RY, error=SCF_ERROR, k_points=section, kinds="\n".join(kinds)
    )


def _section(title: str, content: str, indent: int) -> str:
    edge = " " * indent
    return f"{edge}&{title}\n{edge}  {content}\n{edge}&END {title.split(maxsplit=1)[0]}"


def _require_converged(output: Path) -> None:
    """The program only warns; what it prints then is no energy."""
    text = output.read_text(errors="replace")
    if "SCF run NOT converged" in text or "SCF run converged" not in text:
        raise PotentialError(f"cp2k: the density did not converge in {MOST_STEPS} steps")


def _last_words(output: Path) -> str:
    """What the program said before it ended: its framed message, in one line."""
    if not output.exists():
        return ""
    lines = [line.strip(" *\\/_") for line in output.read_text(errors="replace").splitlines()]
    start = max((k for k, line in enumerate(lines) if "[ABORT]" in line), default=len(lines))
    return " ".join(filter(None, lines[start : start + 8])).removeprefix("[ABORT]").strip()


def _program() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise PotentialError(
            "potential 'cp2k' needs the program CP2K, which is not installed; apt install cp2k, or "
            "conda install -c conda-forge cp2k"
        )
    return found


def _data() -> Path:
    own = os.environ.get("CP2K_DATA_DIR")
    for folder in [Path(own)] if own else DATA:
        if (folder / BASIS_FILE).exists():
            return folder
    raise PotentialError(
        f"potential 'cp2k': {BASIS_FILE} is not in {own or ' or '.join(map(str, DATA))}; apt install cp2k-data, or set "
        "CP2K_DATA_DIR to the folder that has it"
    )


@cache
def _version(program: str) -> str:
    import subprocess

    command = program.replace("cp2k_shell", "cp2k")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"CP2K version ([\d.]+)", done.stdout)
    return found[1] if found else "unknown"
