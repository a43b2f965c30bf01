"""How long a student of CHGNet lasts: five orderings of Li6PS5Cl0.5Br0.5, three seeds each, 100 ps at 1000 K.

The seeds are none that the student was examined with. Each run is made twice: with nothing that teaches the student on
the way, and as campaigns do, watched and taught. An hour; what is done is kept in build/student_stability and not
repeated.
"""

from pathlib import Path

from ase import Atoms

from benchmarks.student import EXCHANGED, mixed_orderings, relaxed
from screening.dynamics.protocol import RunOutcome
from screening.potentials.base import Potential
from screening.records import read_json, write_json
from screening.students.pod import StudentPotential

HOTTEST_K = 1000.0
SEEDS, LENGTH_PS, GRADE_EVERY_PS = (101, 102, 103), 100.0, 10.0
FOLDER = Path(__file__).parents[1] / "build" / "student_stability"


def main() -> dict[str, float]:
    """Distill one student for all five, run it, count what lasted."""
    from screening.config.potential import PotentialConfig
    from screening.config.student import StudentConfig
    from screening.potentials.registry import load
    from screening.students.design import Designer
    from screening.students.distill import distill
    from screening.students.exploration import grades, run_student

    loaded = load(PotentialConfig(name="chgnet"))
    teacher = loaded.calculator
    structures = [relaxed(atoms, teacher) for atoms in mixed_orderings()]
    report = distill(structures, teacher, StudentConfig(), HOTTEST_K, FOLDER / "student", 1)
    if not report.accepted or report.verdict.errors is None:
        raise RuntimeError(f"the student was refused: {report.verdict.reason}")
    student, engine = report.student, report.student.engine()
    designer = Designer(student.basis, student.settings)
    rows = []
    for exchanged, atoms in zip(EXCHANGED, structures, strict=True):
        for seed in SEEDS:
            path = FOLDER / f"{exchanged}_{seed}.json"
            if not path.exists():
                run = run_student(student, engine, atoms, HOTTEST_K, LENGTH_PS, seed)
                step = max(1, round(len(run.positions) * GRADE_EVERY_PS / LENGTH_PS))
                seen = grades(student, designer, [run.frame(i) for i in range(step - 1, len(run.positions), step)])
                write_json(
                    path,
                    {"reached_ps": run.reached_ps, "failure": run.failure, "largest_grade": max(seen, default=None)},
                )
            rows.append(read_json(path))
    watched = [
        ended(report.student, loaded, atoms, seed, FOLDER / f"watched_{exchanged}_{seed}")
        for exchanged, atoms in zip(EXCHANGED, structures, strict=True)
        for seed in SEEDS
    ]
    return {
        "student_stability_watched_whole": float(sum(status == "complete" for status, _ in watched)),
        "student_stability_teachings": float(sum(teachings for _, teachings in watched)),
        "student_stability_runs": float(len(rows)),
        "student_stability_whole": float(sum(row["reached_ps"] >= LENGTH_PS for row in rows)),
        "student_stability_shortest_ps": min(row["reached_ps"] for row in rows),
        "student_stability_largest_grade": max(row["largest_grade"] for row in rows),
        "student_stability_force_mae_meV_A": report.verdict.errors.force_meV_A,
        "student_stability_energy_mae_meV_atom": report.verdict.errors.energy_meV_atom,
    }


def ended(student: StudentPotential, teacher: Potential, atoms: Atoms, seed: int, folder: Path) -> tuple[str, int]:
    """How a run of the pipeline's own ends that nothing ends early, and how often its student was taught."""
    path = folder / "end.json"
    if not path.exists():
        labels = FOLDER / "student" / "labels"
        end, teachings = run_watched(student, labels, teacher, atoms, HOTTEST_K, LENGTH_PS, seed, folder)
        write_json(path, {"status": end.status, "reason": end.reason, "teachings": teachings})
    record = read_json(path)
    return record["status"], record["teachings"]


def run_watched(
    student: StudentPotential,
    labels: Path,
    teacher: Potential,
    atoms: Atoms,
    temperature_K: float,
    length_ps: float,
    seed: int,
    folder: Path,
) -> tuple[RunOutcome, int]:
    """A run as campaigns make it, its chunks in `folder`/chunks; how it ended and how often its student was taught."""
    from screening.config.dynamics import MDProtocol
    from screening.dynamics.protocol import run_chunks, thermal_start
    from screening.students.production import WatchedStudent

    md = MDProtocol(duration_ps=length_ps, chunk_ps=GRADE_EVERY_PS)
    driver = WatchedStudent(
        student,
        labels,
        lambda: teacher.calculator,
        teacher.checksum,
        md.monitor,
        folder / "retraining",
        thermostat_time_fs=md.thermostat_time_fs,
        frame_interval_fs=md.sample_interval_fs,
        frames_per_chunk=md.frames_per_chunk,
    )
    start = thermal_start(atoms, temperature_K, seed)
    end = run_chunks(folder / "chunks", start, driver, md, temperature_K, seed, "benchmark")
    driver.close()
    return end, len(driver.events)
