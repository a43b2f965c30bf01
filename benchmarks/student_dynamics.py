"""Diffusivity of a student of CHGNet over its teacher's: Li6PS5Cl with half of its free S and Cl exchanged, 650 K.

Half an hour, nearly all of it the teacher's. What is done is kept in build/student_dynamics and not repeated.
"""

from pathlib import Path

from benchmarks.student import orderings, relaxed
from benchmarks.student_stability import run_watched

# At 900 K the teacher's crystal melts within 20 ps, and there is no diffusivity to compare.
TEMPERATURE_K, TEACHER_PS, STUDENT_PS = 650.0, 40.0, 100.0
FOLDER = Path(__file__).parents[1] / "build" / "student_dynamics"


def main() -> dict[str, float]:
    """Distill, run both as campaigns do, analyse both in the same way."""
    from screening.config.dynamics import MDProtocol
    from screening.config.potential import PotentialConfig
    from screening.config.student import StudentConfig
    from screening.config.transport import TransportConfig
    from screening.dynamics.driver import Unwatched
    from screening.dynamics.engines.ase import AseEngine
    from screening.dynamics.protocol import run_chunks, thermal_start
    from screening.potentials.registry import load
    from screening.students.distill import distill
    from screening.trajectories.storage import read_trajectory
    from screening.transport.analysis import analyse_temperature

    teacher = load(PotentialConfig(name="chgnet"))
    structure = relaxed(orderings()[1], teacher.calculator)
    report = distill([structure], teacher.calculator, StudentConfig(), TEMPERATURE_K, FOLDER, 1)
    if not report.accepted:
        raise RuntimeError(f"the student was refused: {report.verdict.reason}")
    run_watched(
        report.student, FOLDER / "labels", teacher, structure, TEMPERATURE_K, STUDENT_PS, 1, FOLDER / "student_run"
    )
    md = MDProtocol(duration_ps=TEACHER_PS)
    start = thermal_start(structure, TEMPERATURE_K, 2)
    driver = Unwatched(AseEngine(teacher.calculator, md.thermostat_time_fs))
    run_chunks(FOLDER / "teacher_run" / "chunks", start, driver, md, TEMPERATURE_K, 2, "benchmark")
    found = {}
    for name in ("student", "teacher"):
        record = analyse_temperature(
            [read_trajectory(FOLDER / f"{name}_run" / "chunks")],
            mobile="Li",
            charge=1.0,
            temperature_K=TEMPERATURE_K,
            settings=TransportConfig(),
        )
        if record.verdict != "resolved":
            raise RuntimeError(f"the {name}'s diffusivity is not resolved: {record.reason}")
        found[name] = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
    (student, student_error), (slow, slow_error) = found["student"], found["teacher"]
    ratio = student / slow
    return {
        "D_student_over_teacher": ratio,
        "D_student_over_teacher_error": ratio * ((student_error / student) ** 2 + (slow_error / slow) ** 2) ** 0.5,
    }
