"""What moved the atoms of a candidate: the potential itself or its student, how good that is, how a glass was made."""

from collections import Counter

from screening.dynamics.glass_status import GlassStatus
from screening.report.collect import Candidate
from screening.report.text import number
from screening.stability.glass_record import GlassRecord
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


def _glass(glass: GlassRecord | None) -> str:
    if glass is None:
        return ""
    samples = glass.samples
    amorphous = sum(sample.status is GlassStatus.AMORPHOUS for sample in samples)
    others = [f"sample {i}: {s.status}, {s.reason}" for i, s in enumerate(samples) if s.reason]
    return "; ".join([f"{amorphous} of {len(samples)} samples amorphous", *others])


def _melt(glass: GlassRecord | None) -> str:
    if glass is None or glass.provenance.potential is None:
        return ""
    name = glass.provenance.potential.name
    if not glass.student.accepted:
        return f"{name} itself ({glass.student.reason})"
    taught = sum(len(sample.teachings) for sample in glass.samples)
    return f"a student of {name}" + (f", retrained {taught} times during the melt" if taught else "")


def _drivers(runs: tuple[RunRecord, ...]) -> str:
    counted: Counter[str] = Counter()
    for run in runs:
        if run.status is RunStatus.LEFT_OUT:
            counted["not run"] += 1
        elif run.driver.student_checksum:
            by = run.driver.student_corrected_by
            corrected = f", corrected by {by}," if by else ""
            counted[f"a student of {run.driver.name}{corrected} in {_engine(run)}"] += 1
        else:
            counted[f"{run.driver.name} itself in {_engine(run)}"] += 1
    return ", ".join(name if len(counted) == 1 else f"{name} ({n} runs)" for name, n in counted.items())


def _student(candidate: Candidate) -> str:
    refused = refusal(candidate)
    if refused:
        return f"refused: {refused}"
    record = candidate.student
    if record is None:
        return ""
    if not record.accepted:
        return f"refused: {record.reason}"
    made = record.distillation
    if made is None:
        return "accepted"
    errors, off = made.verdict.errors, ""
    if errors is not None:
        off = (
            f"; mean differences from its teacher: forces {number(errors.force_meV_A, 2)} meV/Å, energies "
            f"{number(errors.energy_meV_atom, 2)} meV/atom, stress {number(errors.stress_GPa, 2)} GPa"
        )
    return f"accepted, from {made.n_labels} labels{off}"


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


def _engine(run: RunRecord) -> str:
    return {"lammps": "LAMMPS", "ase": "ASE"}.get(run.engine, run.engine)
