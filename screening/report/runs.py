"""What moved the atoms of a candidate: the potential itself or its student, how good that is, how a glass was made."""

from collections import Counter
from typing import Any

from screening.report.collect import Candidate, Record
from screening.report.text import number


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
    reasons = [str((run.get("driver") or {}).get("student_refused") or "") for run in candidate.runs]
    return next(filter(None, reasons), "")


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


def _drivers(runs: tuple[Record, ...]) -> str:
    counted: Counter[str] = Counter()
    for run in runs:
        driver = run.get("driver") or {}
        if run.get("status") == "left_out":
            counted["not run"] += 1
        elif driver.get("student_checksum"):
            counted[f"a student of {_potential(driver)} in {_engine(run)}"] += 1
        elif driver:
            counted[f"{_potential(driver)} itself in {_engine(run)}"] += 1
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


def _retrainings(runs: tuple[Record, ...]) -> str:
    watched = [run["monitor"] for run in runs if run.get("monitor")]
    if not watched:
        return ""
    taught = [len(monitor.get("events") or ()) for monitor in watched]
    grades = [monitor["largest_grade"] for monitor in watched if monitor.get("largest_grade") is not None]
    largest = f"; largest extrapolation grade {number(max(grades), 2)}" if grades else ""
    limit = watched[0].get("max_grade")
    bound = f" of {limit:g} allowed" if largest and limit is not None else ""
    times = f"{sum(taught)} times, in {sum(map(bool, taught))}" if any(taught) else "in none"
    return f"{times} of {len(watched)} runs{largest}{bound}"


def _potential(record: Record) -> str:
    return str(record.get("name") or "")


def _engine(run: Record) -> str:
    return {"lammps": "LAMMPS", "ase": "ASE"}.get(str(run.get("engine")), str(run.get("engine")))
