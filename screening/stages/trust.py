"""md.json of every run of one candidate -> trust.json: how far a second potential disagrees on frames of the runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ase import Atoms

from screening.config.stages import TrustSettings
from screening.errors import PotentialError, StageError
from screening.potentials.disagreement import Evaluated, disagreement, evaluate, spread, worst
from screening.potentials.registry import load
from screening.potentials.selfcheck import require_recorded
from screening.records import provenance, read_json, write_json
from screening.stages.context import StageCall
from screening.trajectories.storage import read_trajectory


@dataclass(frozen=True)
class _Frame:
    """A frame and the run it is from."""

    run: dict[str, Any]
    number: int
    time_ps: float
    atoms: Atoms


def run(call: StageCall) -> None:
    """Compare both potentials on the same frames; numbers that are none are a recorded failure and exit 0."""
    settings: TrustSettings = call.settings
    if settings.second is None:
        raise StageError("the campaign names no second potential (potential.second)")
    runs = [(path, read_json(path)) for path in call.inputs("runs")]
    usable = [(path, record) for path, record in runs if record["status"] == "complete"]
    potentials = [load(config, call.threads) for config in (settings.potential, settings.second)]
    for path in call.inputs("second_potential"):
        require_recorded(potentials[1], path)
    if potentials[0].checksum == potentials[1].checksum:
        raise PotentialError(
            f"potential.second: {settings.second.name} has the same weights as {settings.potential.name}, and agrees "
            "with itself; name another one"
        )
    names = [potential.record() for potential in potentials]
    frames = list(_frames(usable, settings.frames))
    with provenance("trust", call.all_inputs(), potential=names[0], second_potential=names[1]) as origin:
        first, second = ([evaluate(p.calculator, frame.atoms) for frame in frames] for p in potentials)
        result = _compared(frames, first, second, [name["name"] for name in names])
    write_json(call.output, {"id": runs[0][1]["id"], "second_potential": names[1], **result, "provenance": origin})


def _frames(runs: list[tuple[Path, dict[str, Any]]], wanted: int) -> Iterator[_Frame]:
    """Frames of every run, spread over their length; one trajectory at a time is in memory."""
    for (path, record), chosen in zip(runs, spread([r["n_frames"] for _, r in runs], wanted), strict=True):
        if not chosen:
            continue
        trajectory = read_trajectory(path.parent / "chunks", record["chunks"])
        for number in chosen:
            cell = trajectory.cells if trajectory.cells.ndim == 2 else trajectory.cells[number]
            atoms = Atoms(trajectory.symbols, positions=trajectory.positions[number], cell=cell, pbc=True)
            yield _Frame(record, number, (number + 1) * trajectory.frame_interval_fs / 1000, atoms)


def _compared(
    frames: list[_Frame], first: list[Evaluated], second: list[Evaluated], names: list[str]
) -> dict[str, Any]:
    if not frames:
        return {"status": "no_frames", "reason": "no run of it is complete", "n_frames": 0}
    for name, values in zip(names, (first, second), strict=True):
        bad = next((frame for frame, value in zip(frames, values, strict=True) if not value.finite), None)
        if bad is not None:
            reason = f"{name} gives energies or forces that are no numbers ({_where(bad)})"
            return {"status": "failed", "reason": reason, "n_frames": len(frames)}
    symbols = [frame.atoms.get_chemical_symbols() for frame in frames]
    furthest = worst(symbols, first, second)
    at = frames[furthest.pop("index")]
    return {
        "status": "complete",
        "reason": "",
        **disagreement(symbols, first, second),
        "by_temperature": [
            {"temperature_K": t, **_at_temperature(t, frames, symbols, first, second)}
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
    frames: list[_Frame],
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


def _where(frame: _Frame) -> str:
    run = frame.run
    return f"{run['temperature_K']:g} K, ordering {run['ordering']}, replica {run['replica']}, frame {frame.number}"
