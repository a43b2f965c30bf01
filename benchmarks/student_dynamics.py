"""Diffusivity of a student of CHGNet over its teacher's: Li6PS5Cl with half of its free S and Cl exchanged, 900 K.

Half an hour, nearly all of it the teacher's. What is done is kept in build/student_dynamics and not repeated.
"""

from pathlib import Path

from benchmarks.student import orderings, relaxed

TEMPERATURE_K, TEACHER_PS = 900.0, 40.0
FOLDER = Path(__file__).parents[1] / "build" / "student_dynamics"


def main() -> dict[str, float]:
    """Distill, run both from one state, analyse both in the same way."""
    from screening.config.potential import PotentialConfig
    from screening.config.student import StudentConfig
    from screening.config.transport import TransportConfig
    from screening.dynamics.storage import read_trajectory
    from screening.potentials.registry import load
    from screening.potentials.student.distill import distill
    from screening.potentials.student.side_by_side import run_beside
    from screening.transport.analysis import analyse_temperature

    teacher = load(PotentialConfig(name="chgnet")).calculator
    structure = relaxed(orderings()[1], teacher)
    report = distill([structure], teacher, StudentConfig(), [TEMPERATURE_K], FOLDER, 1)
    if not report.accepted:
        raise RuntimeError(f"the student was refused: {report.verdict.reason}")
    run_beside(report.student, teacher, structure, TEMPERATURE_K, TEACHER_PS, FOLDER / "beside", 1)
    found = {}
    for name in ("student", "teacher"):
        record = analyse_temperature(
            [read_trajectory(FOLDER / "beside" / name)],
            mobile="Li",
            charge=1.0,
            temperature_K=TEMPERATURE_K,
            settings=TransportConfig(),
        )
        if record["verdict"] != "resolved":
            raise RuntimeError(f"the {name}'s diffusivity is not resolved: {record['reason']}")
        found[name] = record["tracer_diffusivity_cm2_s"], record["tracer_diffusivity_error_cm2_s"]
    (student, student_error), (slow, slow_error) = found["student"], found["teacher"]
    ratio = student / slow
    return {
        "D_student_over_teacher": ratio,
        "D_student_over_teacher_error": ratio * ((student_error / student) ** 2 + (slow_error / slow) ** 2) ** 0.5,
    }
