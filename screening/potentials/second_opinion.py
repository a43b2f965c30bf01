"""What a second potential says on frames of a candidate's runs, as trust.json holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ase import Atoms

from screening.potentials.base import Potential
from screening.potentials.disagreement import Evaluated, disagreement, evaluate, spread, worst
from screening.potentials.trust_record import (
    Comparison,
    ComparisonStatus,
    SecondOpinion,
    TemperatureDisagreement,
    WorstFrame,
)
from screening.trajectories.run_record import RunRecord
from screening.trajectories.runs import Run


@dataclass(frozen=True)
class RunFrame:
    """A frame and the run it is from.

    Attributes:
        run: Record of the run.
        number: Of the frame in it.
        time_ps: Since its start.
        atoms: The frame.
    """

    run: RunRecord
    number: int
    time_ps: float
    atoms: Atoms

    def place(self) -> dict[str, Any]:
        """Where it is from, as records hold it."""
        run = self.run
        return {
            "temperature_K": run.temperature_K,
            "ordering": run.ordering,
            "replica": run.replica,
            "frame": self.number,
            "time_ps": self.time_ps,
        }

    def __str__(self) -> str:
        """Where it is from."""
        run = self.run
        return f"{run.temperature_K:g} K, ordering {run.ordering}, replica {run.replica}, frame {self.number}"


def frames_of(runs: Sequence[Run], wanted: int) -> Iterator[RunFrame]:
    """Frames of every run, spread over their length; one trajectory at a time is in memory.

    Args:
        runs: Complete ones.
        wanted: Frames in all.
    """
    for run, chosen in zip(runs, spread([run.record.n_frames for run in runs], wanted), strict=True):
        if not chosen:
            continue
        trajectory = run.trajectory()
        for number in chosen:
            time_ps = (number + 1) * trajectory.frame_interval_fs / 1000
            yield RunFrame(run.record, number, time_ps, trajectory.atoms(number))


def second_opinion(frames: Sequence[RunFrame], first: Potential, second: Potential) -> SecondOpinion:
    """Compare two potentials on the same frames; without frames, or with numbers that are none, nothing is compared."""
    if not frames:
        return SecondOpinion(status=ComparisonStatus.NO_FRAMES, reason="no run of it is complete", n_frames=0)
    one, other = ([evaluate(p.calculator, frame.atoms) for frame in frames] for p in (first, second))
    for potential, values in ((first, one), (second, other)):
        bad = next((frame for frame, value in zip(frames, values, strict=True) if not value.finite), None)
        if bad is not None:
            reason = f"{potential.name} gives energies or forces that are no numbers ({bad})"
            return SecondOpinion(status=ComparisonStatus.FAILED, reason=reason, n_frames=len(frames))
    symbols = [frame.atoms.get_chemical_symbols() for frame in frames]
    index, furthest = worst(symbols, one, other)
    compared = Comparison.of(
        disagreement(symbols, one, other),
        by_temperature=tuple(
            _at_temperature(t, frames, symbols, one, other)
            for t in sorted({frame.run.temperature_K for frame in frames})
        ),
        worst_frame=WorstFrame.of(furthest, **frames[index].place()),
    )
    return SecondOpinion(status=ComparisonStatus.COMPLETE, reason="", n_frames=len(frames), compared=compared)


def _at_temperature(
    temperature: float,
    frames: Sequence[RunFrame],
    symbols: list[list[str]],
    first: list[Evaluated],
    second: list[Evaluated],
) -> TemperatureDisagreement:
    """The candidate's numbers from the frames of one temperature, energies about their own mean."""
    chosen = [i for i, frame in enumerate(frames) if frame.run.temperature_K == temperature]
    found = disagreement([symbols[i] for i in chosen], [first[i] for i in chosen], [second[i] for i in chosen])
    return TemperatureDisagreement.of(found, temperature_K=temperature, n_frames=len(chosen))
