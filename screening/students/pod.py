"""The student itself: a few text files for LAMMPS, its manifest, and how to tell where it can be trusted."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps import LammpsEngine
from screening.errors import PotentialError
from screening.records import read_json, write_json, write_text
from screening.records.arrays import read_arrays
from screening.students.basis import Basis
from screening.students.fit import Solution

FORMAT = "screening student 1"


@dataclass(frozen=True)
class StudentPotential:
    """A fitted student.

    Attributes:
        basis: Its descriptors; `basis.elements` are its atom types.
        settings: How it was trained.
        solution: Coefficients and what they rest on.
        min_distance_A: A run in which two atoms come closer has left what the student knows.
        facts: What else is known of it: teacher, temperatures, acceptance; JSON-able.
    """

    basis: Basis
    settings: StudentConfig
    solution: Solution
    min_distance_A: float
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def elements(self) -> tuple[str, ...]:
        """Element of LAMMPS atom type 1, 2, ..."""
        return self.basis.elements

    @property
    def accepted(self) -> bool:
        """Whether it has passed its examination."""
        return bool(self.facts.get("accepted", False))

    @property
    def member(self) -> int:
        """Its number in a committee, which says how it weighs frames; 0 for the first."""
        return int(self.facts.get("member", 0))

    @property
    def files(self) -> dict[str, str]:
        """Text of the files that `pair_commands` name."""
        return {
            "parameters.pod": self.basis.parameter_text,
            "coefficients.pod": self.basis.coefficient_text(self.solution.coefficients),
        }

    @property
    def checksum(self) -> str:
        """SHA-256 of all that the dynamics depend on."""
        text = "\n".join([*self.pair_commands(), *self.files.values(), repr(self.min_distance_A)])
        return hashlib.sha256(text.encode()).hexdigest()

    def pair_commands(self, folder: str | Path | None = None) -> list[str]:
        """LAMMPS lines from `pair_style` on; atom type k is `elements[k - 1]`, units metal.

        Args:
            folder: Where the files are, if LAMMPS is to read them there; by default its working directory.
        """
        prefix = f"{folder}/" if folder is not None else ""
        files = f"{prefix}parameters.pod {prefix}coefficients.pod"
        s = self.settings
        return [
            *self.basis.zbl_commands("pod", s.zbl_inner_A, s.zbl_outer_A),
            f"pair_coeff * * pod {files} {' '.join(self.elements)}",
        ]

    def engine(self, thermostat_time_fs: float = 100.0, ranks: int = 1) -> LammpsEngine:
        """An MD engine that runs this student, in several processes if asked to."""
        return LammpsEngine(
            self.elements,
            self.pair_commands(),
            self.files,
            thermostat_time_fs=thermostat_time_fs,
            min_distance_A=self.min_distance_A,
            ranks=ranks,
        )

    def save(self, folder: Path) -> None:
        """Write it as one folder, whole or not at all; replaces what is there."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            for name, text in self.files.items():
                write_text(temporary / name, text)
            s = self.solution
            np.savez(temporary / "extrapolation.npz", coefficients=s.coefficients, committee=s.committee)
            write_json(
                temporary / "manifest.json",
                {
                    "format": FORMAT,
                    "elements": list(self.elements),
                    "settings": self.settings.model_dump(mode="json"),
                    "min_distance_A": self.min_distance_A,
                    "pair_commands": self.pair_commands(),
                    "checksum": self.checksum,
                    "facts": self.facts,
                },
            )
            temporary.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path, allow_refused: bool = False) -> "StudentPotential":
        """Read a saved student.

        Raises:
            StageError: there is none, or its manifest is damaged.
            PotentialError: its files are not what was saved, or it was refused and that is not allowed.
        """
        manifest = read_json(folder / "manifest.json")
        if manifest.get("format") != FORMAT:
            raise PotentialError(f"{folder} holds no student of this version ({manifest.get('format')!r})")
        settings = StudentConfig.model_validate(manifest["settings"])
        basis = Basis(tuple(manifest["elements"]), settings.basis)
        try:
            file = read_arrays(folder / "extrapolation.npz")
            solution = Solution(file["coefficients"], file["committee"])
        except (OSError, KeyError) as error:
            raise PotentialError(f"{folder}/extrapolation.npz is damaged ({error}); distill again") from None
        student = cls(basis, settings, solution, float(manifest["min_distance_A"]), dict(manifest["facts"]))
        if student.checksum != manifest["checksum"]:
            raise PotentialError(f"{folder} is not what was saved: its checksum differs; distill again")
        if not (student.accepted or allow_refused):
            raise PotentialError(f"{folder} holds a refused student: {student.facts.get('reason', 'not examined')}")
        return student
