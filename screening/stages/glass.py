"""candidate.json -> glass.json: every sample of a glass, melted and quenched; relaxation begins from these."""

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ase import Atoms
from pymatgen.core import Structure
from pymatgen.io.ase import AseAtomsAdaptor

from screening.config.candidates import GlassConfig
from screening.config.dynamics import MDProtocol
from screening.config.stability import RelaxationConfig
from screening.config.stages import GlassSettings
from screening.config.student import ERROR_LIMITS, StudentConfig
from screening.dynamics.driver import Driver, Unwatched
from screening.dynamics.engines.ase import AseEngine
from screening.dynamics.glass import Glass, melt_and_quench
from screening.potentials.base import Potential
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded
from screening.records import content_hash, derive_seed, provenance, read_json, write_json
from screening.stability import USABLE
from screening.stability.relax import Relaxation, relax
from screening.stages.context import StageCall

# Positions only, and loosely: what is relaxed away melts anyway.
SETTLING = RelaxationConfig(fmax_eV_A=1.0, max_steps=200, cell=False, rattle_A=0.0)


def run(call: StageCall) -> None:
    """Melt and quench each sample; one that is no glass is recorded with its reason and not relaxed."""
    settings: GlassSettings = call.settings
    source = call.input("candidate")
    candidate = read_json(source)
    glass = GlassConfig.model_validate(candidate["glass"])
    potential = load(settings.potential, call.threads)
    for path in call.inputs("potential"):
        require_recorded(potential, path)
    folder = call.output.parent / "glass"
    key = content_hash([settings.model_dump(mode="json"), candidate["id"], potential.checksum])
    with provenance("glass", [source], seed=settings.seed, potential=potential.record()) as origin:
        starts = [_settled(ordering["structure"], potential.calculator) for ordering in candidate["orderings"]]
        sound = [start.atoms for start in starts if start.status in USABLE]
        melter, student = _melter(settings, glass, sound, potential, folder / key, candidate["id"])
        samples = []
        for index, start in enumerate(starts):
            seed, atoms = derive_seed(settings.seed, candidate["id"], "glass", index), start.atoms
            runs = folder / f"sample_{index}"
            teachings: list[dict[str, Any]] = []
            if start.status not in USABLE:
                made = Glass(atoms, "failed", f"its start cannot be relaxed: {start.reason}", None, None)
            elif melter is None:
                made = Glass(atoms, "failed", f"no student to melt with: {student['reason']}", None, None)
            else:
                progress = partial(_tell, f"sample {index} at ")
                integration, mobile = settings.integration, settings.mobile_ion
                with closing(melter(runs)) as drivers:
                    made = melt_and_quench(atoms, drivers.of, glass, integration, mobile, runs, seed, key, progress)
                    teachings = list(drivers.teachings)
            _tell(f"sample {index}: ", f"{made.status} {made.reason}")
            samples.append(_record(made) | {"teachings": teachings})
    write_json(call.output, {"id": candidate["id"], "student": student, "samples": samples, "provenance": origin})


def _settled(structure: dict[str, Any], calculator: Any) -> Relaxation:
    """The start without the worst of its forces: a packing's 1 eV an atom would blow up the first steps of any run."""
    atoms = AseAtomsAdaptor.get_atoms(Structure.from_dict(structure), msonable=False)
    settled = relax(atoms, calculator, SETTLING, seed=0, framework=None)
    _tell("start: ", f"{settled.status} in {settled.steps} steps {settled.reason}")
    return settled


class _Drivers(Protocol):
    """What runs the steps of a melt and quench."""

    @property
    def teachings(self) -> Sequence[dict[str, Any]]:
        """Each time a student was taught on the way."""
        ...

    def of(self, step: int, temperature_K: float, protocol: MDProtocol) -> Driver:
        """The driver of a step."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


class _Itself:
    """The potential runs every step."""

    teachings = ()

    def __init__(self, calculator: Any, thermostat_time_fs: float) -> None:
        self._driver = Unwatched(AseEngine(calculator, thermostat_time_fs))

    def of(self, step: int, temperature_K: float, protocol: MDProtocol) -> Driver:  # noqa: ARG002
        return self._driver

    def close(self) -> None:
        """Nothing was started."""


def _melter(
    settings: GlassSettings, glass: GlassConfig, starts: list[Atoms], potential: Potential, folder: Path, id: str
) -> tuple[Callable[[Path], _Drivers] | None, dict[str, Any]]:
    """What melts a sample, from its folder: the potential or a student; None where a required one was refused."""
    teacher, thermostat = potential.calculator, settings.integration.thermostat_time_fs

    def itself(_: Path) -> _Drivers:
        return _Itself(teacher, thermostat)

    if settings.student_use == "none":
        return itself, {"accepted": False, "reason": "none asked for"}
    if not starts:
        return None, {"accepted": False, "reason": "there is no start to train it on"}
    from screening.students.distill import distill
    from screening.students.melting import MeltingStudent

    tolerance = glass.student_tolerance
    report = distill(
        starts,
        teacher,
        _for_melts(settings.student, tolerance),
        glass.melt_K,
        folder,
        derive_seed(settings.seed, id, "glass"),
        progress=partial(_tell, ""),
    )
    facts = {"accepted": report.accepted, "reason": report.verdict.reason, **report.record()}
    if not report.accepted:
        return (None if settings.student_use == "required" else itself), facts
    # What errs more leaves its training further.
    monitor = settings.monitor.model_copy(update={"max_grade": settings.monitor.max_grade * tolerance})

    def taught(sample: Path) -> _Drivers:
        labels, retraining = folder / "labels", sample / "retraining"
        return MeltingStudent(report.student, labels, teacher, potential.checksum, monitor, retraining, thermostat)

    return taught, facts


def _for_melts(student: StudentConfig, tolerance: float) -> StudentConfig:
    """Examined with wider limits, and trained no hotter than the melt, which is as hot as it gets."""
    wider = {name: getattr(student, name) * tolerance for name in ERROR_LIMITS}
    return student.model_copy(update={"temperature_factor": 1.0, **wider})


def _tell(about: str, line: str) -> None:
    print(about + line, file=sys.stderr, flush=True)


def _record(made: Glass) -> dict[str, Any]:
    return {
        "status": made.status,
        "reason": made.reason,
        "framework_displacement_A": made.framework_displacement_A,
        "strongest_reflection": made.strongest_reflection,
        "structure": AseAtomsAdaptor.get_structure(made.atoms).as_dict(),
    }
