"""What moved the atoms of a candidate: the potential itself or its student, how good that is, how a glass was made."""

from collections import Counter
from typing import Any

from screening.report.collect import Candidate, Record
from screening.report.text import number
from screening.trajectories.run_record import RunRecord, RunStatus


def how_it_ran(candidate: Candidate) -> list[tuple[str, str]]:
    """Rows (name, text) about glass, student and molecular dynamics; none of what was not made."""
    rows = [
        ("glass", _glass(candidate.glass)),
        ("melted with", _melt(candidate.glass)),
        ("molecular dynamics with", _drivers(candidate.runs)),
        ("student", _student(candidate)),
        ("student retrained", _retrainings(candidate.runs)),
    ]
    return [row for row in rows if row[1]]


def refusal(candidate: Candidate) -> str:
    """Why its student was refused; "" where it was not, or none was asked for."""
    return next(filter(None, (run.driver.student_refused for run in candidate.runs)), "")


def _glass(glass: Record | None) -> str:
    if glass is None:
        return ""
    samples = glass["samples"]
    amorphous = sum(sample["status"] == "amorphous" for sample in samples)
    others = [f"sample {i}: {s['status']}, {s['reason']}" for i, s in enumerate(samples) if s["reason"]]
    return "; ".join([f"{amorphous} of {len(samples)} samples amorphous", *others])


def _melt(glass: Record | None) -> str:
    student = (glass or {}).get("student") or {}
    name = _potential((glass or {}).get("provenance", {}).get("potential") or {})
    if not student or not name:
        return ""
    if not student.get("accepted"):
        return f"{name} itself ({student.get('reason')})"
    taught = sum(len(sample.get("teachings") or ()) for sample in (glass or {})["samples"])
    return f"a student of {name}" + (f", retrained {taught} times during the melt" if taught else "")


def _drivers(runs: tuple[RunRecord, ...]) -> str:
    counted: Counter[str] = Counter()
    for run in runs:
        if run.status is RunStatus.LEFT_OUT:
            counted["not run"] += 1
        elif run.driver.student_checksum:
            counted[f"a student of {run.driver.name} in {_engine(run)}"] += 1
        else:
            counted[f"{run.driver.name} itself in {_engine(run)}"] += 1
    return ", ".join(name if len(counted) == 1 else f"{name} ({n} runs)" for name, n in counted.items())


def _student(candidate: Candidate) -> str:
    refused = refusal(candidate)
    if refused:
        return f"refused: {refused}"
    record = candidate.student
    if record is None or not record.get("accepted"):
        return "" if record is None else f"refused: {record.get('reason')}"
    errors: dict[str, Any] = (record.get("verdict") or {}).get("errors") or {}
    kept = (
        ("forces", "force_meV_A", "meV/Å"),
        ("energies", "energy_meV_atom", "meV/atom"),
        ("stress", "stress_GPa", "GPa"),
    )
    parts = [f"{name} {number(errors[key], 2)} {unit}" for name, key, unit in kept if errors.get(key) is not None]
    off = f"; mean differences from its teacher: {', '.join(parts)}" if parts else ""
    return f"accepted, from {record.get('n_labels')} labels{off}"


def _retrainings(runs: tuple[RunRecord, ...]) -> str:
    watched = [run.monitor for run in runs if run.monitor is not None]
    if not watched:
        return ""
    taught = [len(watch.events) for watch in watched]
    grades = [watch.largest_grade for watch in watched if watch.largest_grade is not None]
    largest = f"; largest extrapolation grade {number(max(grades), 2)}" if grades else ""
    bound = f" of {watched[0].max_grade:g} allowed" if largest else ""
    times = f"{sum(taught)} times, in {sum(map(bool, taught))}" if any(taught) else "in none"
    return f"{times} of {len(watched)} runs{largest}{bound}"


def _potential(record: Record) -> str:
    return str(record.get("name") or "")


def _engine(run: RunRecord) -> str:
    return {"lammps": "LAMMPS", "ase": "ASE"}.get(run.engine, run.engine)
