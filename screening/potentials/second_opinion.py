"""What a second potential says on frames of a candidate's runs, as trust.json holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ase import Atoms

from screening.potentials.base import Potential
from screening.potentials.disagreement import Evaluated, disagreement, evaluate, spread, worst
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

    run: dict[str, Any]
    number: int
    time_ps: float
    atoms: Atoms

    def __str__(self) -> str:
        """Where it is from."""
        run = self.run
        return f"{run['temperature_K']:g} K, ordering {run['ordering']}, replica {run['replica']}, frame {self.number}"


def frames_of(runs: Sequence[Run], wanted: int) -> Iterator[RunFrame]:
    """Frames of every run, spread over their length; one trajectory at a time is in memory.

    Args:
        runs: Complete ones.
        wanted: Frames in all.
    """
    for run, chosen in zip(runs, spread([run.record["n_frames"] for run in runs], wanted), strict=True):
        if not chosen:
            continue
        trajectory = run.trajectory()
        for number in chosen:
            time_ps = (number + 1) * trajectory.frame_interval_fs / 1000
            yield RunFrame(run.record, number, time_ps, trajectory.atoms(number))


def second_opinion(frames: Sequence[RunFrame], first: Potential, second: Potential) -> dict[str, Any]:
    """Compare two potentials on the same frames.

    Returns:
        Status, reason and numbers of trust.json; without frames, or where a potential gives no numbers, the first two.
    """
    if not frames:
        return {"status": "no_frames", "reason": "no run of it is complete", "n_frames": 0}
    one, other = ([evaluate(p.calculator, frame.atoms) for frame in frames] for p in (first, second))
    for potential, values in ((first, one), (second, other)):
        bad = next((frame for frame, value in zip(frames, values, strict=True) if not value.finite), None)
        if bad is not None:
            reason = f"{potential.name} gives energies or forces that are no numbers ({bad})"
            return {"status": "failed", "reason": reason, "n_frames": len(frames)}
    symbols = [frame.atoms.get_chemical_symbols() for frame in frames]
    furthest = worst(symbols, one, other)
    at = frames[furthest.pop("index")]
    return {
        "status": "complete",
        "reason": "",
        **disagreement(symbols, one, other),
        "by_temperature": [
            {"temperature_K": t, **_at_temperature(t, frames, symbols, one, other)}
            for t in sorted({frame.run["temperature_K"] for frame in frames})
        ],
        "worst_frame": {
            **{key: at.run[key] for key in ("temperature_K", "ordering", "replica")},
            "frame": at.number,
            "time_ps": at.time_ps,
            **furthest,
        },
    }


def _at_temperature(
    temperature: float,
    frames: Sequence[RunFrame],
    symbols: list[list[str]],
    first: list[Evaluated],
    second: list[Evaluated],
) -> dict[str, Any]:
    """The candidate's numbers from the frames of one temperature, energies about their own mean."""
    chosen = [i for i, frame in enumerate(frames) if frame.run["temperature_K"] == temperature]
    found = disagreement([symbols[i] for i in chosen], [first[i] for i in chosen], [second[i] for i in chosen])
    return {
        name: found[name]
        for name in ("n_frames", "force_mae_meV_A", "force_mae_error_meV_A", "energy_disagreement_meV_atom")
    }
