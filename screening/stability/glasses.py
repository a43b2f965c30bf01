"""Samples of a glass, melted and quenched, as glass.json holds them."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from ase.calculators.calculator import Calculator

from screening.candidates.record import CandidateRecord
from screening.config.candidates import GlassConfig
from screening.config.settings import without_unset
from screening.config.stability import RelaxationConfig
from screening.config.stages import GlassSettings
from screening.dynamics.glass import Glass, melt_and_quench
from screening.dynamics.glass_status import GlassStatus
from screening.log import tell
from screening.potentials.base import Potential
from screening.records import content_hash, derive_seed
from screening.records.structures import atoms_of, structure_of
from screening.stability.glass_record import GlassSample
from screening.stability.relax import Relaxation, relax
from screening.students.melter import Melter, melter
from screening.students.record import StudentOutcome, Teaching

# Positions only, and loosely: what is relaxed away melts anyway.
SETTLING = RelaxationConfig(fmax_eV_A=1.0, max_steps=200, cell=False, rattle_A=0.0)


def quenched_samples(
    candidate: CandidateRecord, settings: GlassSettings, potential: Potential, folder: Path
) -> tuple[tuple[GlassSample, ...], StudentOutcome]:
    """Melt and quench each sample of a candidate; one that is no glass has its reason.

    Args:
        candidate: Its record; each ordering is the start of a sample.
        settings: Of the stage.
        potential: Of the campaign.
        folder: Of the runs, and of a student that melts; a killed call goes on there.

    Returns:
        `samples` and `student` of glass.json.
    """
    glass = GlassConfig.model_validate(candidate.glass)
    key = content_hash([without_unset(settings.model_dump(mode="json")), candidate.id, potential.checksum])
    starts = [_settled(ordering.structure, potential.calculator) for ordering in candidate.orderings]
    sound = [start.atoms for start in starts if start.status.usable]
    training_seed = derive_seed(settings.seed, candidate.id, "glass")
    melts, student = melter(settings, glass, sound, potential, folder / key, training_seed)
    samples = []
    for index, start in enumerate(starts):
        seed, runs = derive_seed(settings.seed, candidate.id, "glass", index), folder / f"sample_{index}"
        teachings: tuple[Teaching, ...] = ()
        if not start.status.usable:
            made = Glass(start.atoms, GlassStatus.FAILED, f"its start cannot be relaxed: {start.reason}", None, None)
        elif melts is None:
            made = Glass(start.atoms, GlassStatus.FAILED, f"no student to melt with: {student.reason}", None, None)
        else:
            made, teachings = _melted(start, melts, glass, settings, runs, seed, key, index)
        tell(f"sample {index}: {made.status} {made.reason}")
        samples.append(_sample(made, teachings))
    return tuple(samples), student


def _melted(
    start: Relaxation,
    melts: Melter,
    glass: GlassConfig,
    settings: GlassSettings,
    runs: Path,
    seed: int,
    key: str,
    index: int,
) -> tuple[Glass, tuple[Teaching, ...]]:
    """A sample, and what a student was taught on the way to it."""
    progress = partial(_tell_of, index)
    integration, mobile = settings.integration, settings.mobile_ion
    with closing(melts(runs)) as drivers:
        made = melt_and_quench(start.atoms, drivers.of, glass, integration, mobile, runs, seed, key, progress)
        return made, tuple(drivers.teachings)


def _tell_of(index: int, line: str) -> None:
    tell(f"sample {index} at {line}")


def _settled(structure: dict[str, Any], calculator: Calculator) -> Relaxation:
    """The start without the worst of its forces: a packing's 1 eV an atom would blow up the first steps of any run."""
    settled = relax(atoms_of(structure), calculator, SETTLING, seed=0, framework=None)
    tell(f"start: {settled.status} in {settled.steps} steps {settled.reason}")
    return settled


def _sample(made: Glass, teachings: tuple[Teaching, ...]) -> GlassSample:
    return GlassSample(
        status=made.status,
        reason=made.reason,
        framework_displacement_A=made.framework_displacement_A,
        strongest_reflection=made.strongest_reflection,
        structure=structure_of(made.atoms),
        teachings=teachings,
    )
